import { describe, expect, it } from 'vitest';
import { createSlowDown, type SlowDownOptions } from '../../../src/server/slow-down.js';
import { TestClock } from '../../support/test-clock.js';

const address = '203.0.113.7';

function setUp(options: SlowDownOptions = {}) {
  const clock = new TestClock();
  return { clock, slowDown: createSlowDown({ clock, ...options }) };
}

/** How long each of these failures, one after the other, is kept waiting. */
async function waitsOf({ clock, slowDown }: ReturnType<typeof setUp>, count: number, from = address) {
  const waits: number[] = [];
  for (let n = 0; n < count; n += 1) {
    const told = slowDown.failed(from);
    waits.push(clock.pending[0] ?? 0);
    clock.increment(clock.pending[0] ?? 0);
    expect(await told).toBe('due');
  }
  return waits;
}

describe('slow-down', () => {
  it('tells five failures at once, and each further one after twice the time, five seconds at most', async () => {
    const waits = [0, 0, 0, 0, 0, 100, 200, 400, 800, 1600, 3200, 5000, 5000];
    expect(await waitsOf(setUp(), waits.length)).toEqual(waits);
  });

  it('waits for ever no longer than that', async () => {
    const waits = await waitsOf(setUp({ failures: 0, window: Number.POSITIVE_INFINITY }), 2000);
    expect(Math.max(...waits)).toBe(5000);
  });

  it('forgets an address that failed in nothing for a minute', async () => {
    const set = setUp();
    await waitsOf(set, 6);
    // The wait itself was a part of that minute.
    set.clock.increment(59_899);
    expect(await waitsOf(set, 1)).toEqual([200]);
    set.clock.increment(60_000);
    expect(await waitsOf(set, 1)).toEqual([0]);
  });

  it('lets no address pay for another', async () => {
    const set = setUp();
    await waitsOf(set, 8);
    expect(await waitsOf(set, 1, '203.0.113.8')).toEqual([0]);
  });

  it.each([
    ['203.0.113.7', '::ffff:203.0.113.7', true],
    ['2001:db8:1:2::1', '2001:db8:1:2:ffff::9', true],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::', true],
    ['2001:db8:1:2::1', '2001:db8:1:3::1', false],
    ['::1', '::2', true],
    ['fe80::1%eth0', 'fe80::2%eth1', true],
    ['2001:db8::1', '2001:db9::1', false],
  ])('counts %s and %s together: %s', async (one, other, together) => {
    const set = setUp({ failures: 1 });
    await waitsOf(set, 1, one);
    expect(await waitsOf(set, 1, other)).toEqual([together ? 100 : 0]);
  });

  it('keeps only so many of one address waiting, and turns the others away at once', async () => {
    const { slowDown, clock } = setUp({ failures: 0, waitingOfOne: 2 });
    const first = [slowDown.failed(address), slowDown.failed(address)];
    expect(await slowDown.failed(address)).toBe('tooMany');
    expect(clock.pending).toHaveLength(2);
    clock.increment(5000);
    expect(await Promise.all(first)).toEqual(['due', 'due']);
    expect(slowDown.failed(address)).not.toBe('tooMany');
    expect(clock.pending).toHaveLength(1);
  });

  it('keeps only so many waiting in all, and remembers only so many addresses', async () => {
    const { slowDown, clock } = setUp({ failures: 1, waiting: 3, addresses: 4 });
    const addresses = [1, 2, 3, 4, 5].map((n) => `203.0.113.${n}`);
    for (const one of addresses) await slowDown.failed(one);
    // The first was forgotten when the fifth came, and makes the second be forgotten now.
    expect(await slowDown.failed('203.0.113.1')).toBe('due');
    for (const one of ['203.0.113.3', '203.0.113.4', '203.0.113.5']) void slowDown.failed(one);
    expect(clock.pending).toHaveLength(3);
    expect(await slowDown.failed('203.0.113.1')).toBe('tooMany');
  });

  it('ends every wait when it is closed, and leaves no timer', async () => {
    const { slowDown, clock } = setUp({ failures: 0 });
    const waiting = [slowDown.failed('a'), slowDown.failed('b')];
    slowDown.close();
    expect(await Promise.all(waiting)).toEqual(['due', 'due']);
    expect(clock.pending).toEqual([]);
  });
});
