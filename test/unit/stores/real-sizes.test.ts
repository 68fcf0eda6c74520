import { expect, test } from 'vitest';
import type { Asset, Entity } from '../../../src/protocol/content.js';
import { defaultLimits } from '../../../src/protocol/limits.js';
import { createArchiveDestination, createArchiveSource } from '../../../src/stores/index.js';
import { createMemoryFiles } from '../../../src/testing/memory-files.js';

const MiB = 1024 * 1024;

/** A number is longest where it comes as `9e20,`, and is written as 900000000000000000000. */
const growth = '900000000000000000000'.length - '9e20'.length;

test.each(['lineBytes', 'heldBytes'] as const)(
  'whatever comes in one message of a server is within %s when it is written',
  (limit) => {
    expect(defaultLimits[limit]).toBeGreaterThan(defaultLimits.frameSize + growth * defaultLimits.values);
  },
);

test('an archive may hold more than 250,000 assets, which have two entries each', () => {
  expect(defaultLimits.entries).toBeGreaterThan(4 * 250_000);
});

const large: Entity = { type: 'api::a.a', id: 1, data: { text: 'x'.repeat(70_000_000) } };
const zeros: Asset = {
  filename: 'zeros.bin',
  size: 300 * MiB,
  metadata: {},
  async *stream() {
    const piece = new Uint8Array(MiB);
    for (let at = 0; at < 300; at += 1) yield piece;
  },
};

test.each<[string, string, readonly Entity[], readonly Asset[]]>([
  ['a row of 70 MB', 'x.tar', [large], []],
  ['an asset of 300 MiB of zeros, which shrink to a thousandth', 'x.tar.gz', [], [zeros]],
])(
  '%s is read back by everybody, and nothing is said of it',
  async (_, name, entities, files) => {
    const disk = createMemoryFiles({ chunkSize: 16 * MiB });
    const options = { path: `/data/${name}`, files: disk };
    await disk.makeDirectory('/data');
    const to = createArchiveDestination(options);
    await to.open();
    await to.prepare({ steps: ['entities', 'assets'], metadata: {}, schemas: null });
    const rows = await to.rowWriter('entities');
    await rows.write(entities);
    await rows.end();
    const assets = await to.assetWriter();
    for (const asset of files) await assets.write(asset);
    await assets.end();
    await to.commit();
    await to.close();
    expect(to.notices?.()).toEqual([]);

    // Opening reads all of it once.
    const from = createArchiveSource(options);
    await from.open();
    expect(from.totals?.('entities')).toEqual({ count: entities.length });
    expect(from.totals?.('assets')).toEqual({ count: files.length, bytes: files.length * 300 * MiB });
    await from.close();
  },
  120_000,
);
