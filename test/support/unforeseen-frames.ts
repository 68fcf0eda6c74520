import type { Random } from '../../src/ports/random.js';
import { seededIds } from '../../src/testing/seeded.js';
import { asset, say } from './raw-client.js';
import { smallContent } from './small-content.js';

const steps = ['entities', 'assets', 'links', 'configuration'] as const;

/** Frames of every kind: what a client says, what it says at the wrong time, and what nobody says. */
export function unforeseenFrames(random: Random) {
  const ids = seededIds(random);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const chance = (probability: number) => random() < probability;
  let last = 'u';

  const junk = (depth = 0): unknown =>
    pick<() => unknown>([
      () => null,
      () => true,
      () => Math.floor(random() * 1e9) - 5e8,
      () => 1e308,
      () => '',
      () => '../../etc/passwd',
      () => '__proto__',
      () => 'x'.repeat(Math.floor(random() * 300)),
      () => '\ud800\u0000\u202e',
      () => (depth > 3 ? [] : Array.from({ length: Math.floor(random() * 4) }, () => junk(depth + 1))),
      () =>
        depth > 3
          ? {}
          : JSON.parse(
              `{"__proto__":${JSON.stringify(junk(depth + 1))},"constructor":1,"toString":2,"then":3}`,
            ),
    ])();
  const uuid = () => {
    if (!chance(0.05)) last = ids.uuid();
    return chance(0.02) ? junk() : last;
  };
  const flow = () => {
    const id = pick(['a', 'b', ids.id()]);
    const name = pick([
      'a.txt',
      'b.bin',
      '../x',
      '/etc/x',
      'CON',
      'a:b',
      'x'.repeat(300),
      '',
      '.',
      'a\u0000b',
      'nul.txt',
    ]);
    return pick<() => unknown>([
      () => asset.start(id, name, pick([0, 1, 3, 1e12, -1, 0.5])),
      () => asset.stream(id, new Uint8Array(Math.floor(random() * 50))),
      () => asset.end(id, pick([undefined, 'lie'])),
      () => ({ action: 'stream', assetID: id, data: { type: 'Buffer', data: [1, 2, pick([3, 256, 'x'])] } }),
      junk,
    ])();
  };
  const data = (step: string): unknown => {
    if (chance(0.3)) return junk();
    const items = Array.from({ length: Math.floor(random() * 4) }, () =>
      chance(0.2) ? junk() : step === 'assets' ? flow() : pick(smallContent[step as 'links'] ?? [1]),
    );
    return chance(0.2) ? [items] : items;
  };
  const step = () => pick([...steps, 'schemas', 'nothing']);

  /** One frame; `transferID` and `batch` as they are known to the client. */
  return (transferID: string | undefined, batch: string | undefined): string => {
    const envelope = { uuid: uuid(), transferID: chance(0.05) ? junk() : transferID };
    const of = step();
    const message = pick<() => unknown>([
      () => say.command('init', pick([undefined, { ferry: { version: 1 } }, { checksums: true }, junk()])),
      () => say.command('init', { transfer: 'push', checksums: chance(0.5), assetEncoding: 'base64' }),
      () => say.action('bootstrap'),
      () => say.action('bootstrap'),
      () =>
        say.action(
          pick(['getMetadata', 'getSchemas', 'beforeTransfer', 'getMetadata', 'beforeTransfer']),
          chance(0.2) ? junk() : undefined,
        ),
      () => say.step('start', pick(steps)),
      () => say.step('start', of),
      () => say.step('stream', of, data(of)),
      () => say.step('stream', of, []),
      () => say.step('end', of),
      () => (chance(0.3) ? say.action(pick(['close', 'rollback'])) : say.step('start', of)),
      () => (chance(0.3) ? say.command(pick(['end', 'status']), { transferID }) : say.step('end', of)),
      () => ({ uuid: batch }),
      () => ({ uuid: batch }),
      () => ({ type: junk(), kind: junk(), action: junk(), step: junk() }),
      () => ({
        type: 'transfer',
        kind: pick(['action', 'step', junk()]),
        action: junk(),
        step: junk(),
        data: junk(),
      }),
    ])();
    if (Object(message).uuid !== undefined) return JSON.stringify(message);
    const text = JSON.stringify({ ...envelope, ...Object(message) });
    if (!chance(0.01)) return text;
    return pick<() => string>([
      () => text.slice(0, Math.floor(random() * text.length)),
      () => text.replace(/[{}"]/, pick(['', '[', '\u0000'])),
      () => '['.repeat(10_000),
      () => `{"uuid":${'['.repeat(5000)}${']'.repeat(5000)}}`,
      () => JSON.stringify(junk()),
      () => String.fromCharCode(...Array.from({ length: 40 }, () => Math.floor(random() * 256))),
    ])();
  };
}
