import { describe, expect, test } from 'vitest';
import { createScriptedPeer } from '../../../src/testing/scripted-peer.js';
import { prepare, remote, sample, settled, watch, writeAll } from '../../support/ends.js';

/** A peer whose socket is open, and what came out of it. */
function open() {
  const peer = createScriptedPeer({ isOpen: true });
  const heard: string[] = [];
  peer.socket.addEventListener('message', ({ data }) => void heard.push(String(data)));
  peer.socket.addEventListener('close', ({ code }) => void heard.push(`close ${code}`));
  peer.socket.addEventListener('error', () => {});
  return { peer, heard };
}

describe('reorder', () => {
  test('lets the next message be overtaken by the one after it, and no other', async () => {
    const { peer, heard } = open();
    peer.receive('1');
    peer.reorder();
    for (const message of ['2', '3', '4']) peer.receive(message);
    await settled();
    expect(heard).toEqual(['1', '3', '2', '4']);
  });

  test('keeps a message back until there is one after it', async () => {
    const { peer, heard } = open();
    peer.reorder();
    peer.receive('1');
    await settled();
    expect(heard).toEqual([]);
  });
});

describe('corrupt', () => {
  test('changes one bit of the next message, in its middle', async () => {
    const { peer, heard } = open();
    peer.corrupt();
    peer.receive('2222');
    peer.receive('2222');
    await settled();
    expect(heard).toEqual(['2232', '2222']);
  });

  test.each([
    [0, '3222'],
    [1, '2223'],
  ])('at %i', async (place, text) => {
    const { peer, heard } = open();
    peer.corrupt(place);
    peer.receive('2222');
    await settled();
    expect(heard).toEqual([text]);
  });

  test('of an answer ends a push with INVALID_MESSAGE', async () => {
    const { peer, end } = remote('push');
    // Its first byte.
    peer.corrupt(0);
    await expect(end.open()).rejects.toMatchObject({ code: 'INVALID_MESSAGE' });
  });
});

describe('halfClose', () => {
  test('leaves a socket that is closing, takes no frame, and is closed by who cuts it', async () => {
    const { peer, heard } = open();
    peer.halfClose();
    await settled();
    expect([peer.socket.readyState, heard]).toEqual([2, []]);
    const refused = await new Promise((resolve) => peer.socket.send('x', resolve));
    expect(refused).toBeInstanceOf(Error);
    peer.socket.close();
    await settled();
    expect([peer.sent, heard]).toEqual([[], []]);
    peer.socket.terminate?.();
    await settled();
    expect(heard).toEqual(['close 1006']);
  });

  test('is noticed by a push as a silence, and nothing is left of it', async () => {
    const { clock, peer, end } = remote('push');
    await prepare(end);
    peer.halfClose();
    const outcome = watch(writeAll(end, sample));
    await clock.pass(10_000);
    expect(outcome()).toMatchObject({ state: 'rejected', error: { code: 'CONNECTION_SILENT' } });
    await clock.pass(5_000);
    expect([clock.pending, peer.socket.readyState]).toEqual([[], 3]);
  });
});
