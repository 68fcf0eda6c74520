import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readAssets } from '../../../src/client/asset-reader.js';
import { sendAsset } from '../../../src/client/asset-sender.js';
import { encodeAssetChunk } from '../../../src/protocol/codec.js';
import type { Asset } from '../../../src/protocol/content.js';
import { TransferError } from '../../../src/protocol/errors.js';
import { createByteFrames, parseFrame, type StreamItem } from '../../../src/protocol/frame-bytes.js';
import { createPushReceiver } from '../../../src/server/push-receiver.js';
import { createMemoryStore, type MemoryAsset } from '../../../src/stores/memory.js';
import { countingIds } from '../../support/ids.js';
import { runs } from '../../support/runs.js';

/** As the JSON of a Buffer, as base64 that is read as text, and as base64 that is decoded where it stands. */
type Form = 'buffer' | 'text' | 'bytes';

const chunk = fc.oneof(
  { weight: 4, arbitrary: fc.uint8Array({ maxLength: 40 }) },
  fc
    .record({ length: fc.integer({ min: 20_000, max: 60_000 }), seed: fc.nat(255) })
    .map(({ length, seed }) => Uint8Array.from({ length }, (_, at) => (at * seed + (at >> 8)) & 255)),
);
const given = fc.record({
  assets: fc.uniqueArray(
    fc.record({
      filename: fc.string({ unit: fc.constantFrom('a', 'ş', '😀', '_'), minLength: 1, maxLength: 6 }),
      metadata: fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer(), fc.constant(null))),
      chunks: fc.array(chunk, { maxLength: 4 }),
      isSized: fc.boolean(),
    }),
    { selector: ({ filename }) => filename, maxLength: 4 },
  ),
  form: fc.constantFrom<Form>('buffer', 'text', 'bytes'),
  checksums: fc.boolean(),
  /** Items of each message. */
  cut: fc.integer({ min: 1, max: 6 }),
});
type Given = typeof given extends fc.Arbitrary<infer T> ? T : never;

/** All that is sent of the assets, as items of `stream` messages. */
async function itemsOf({ assets, form, checksums }: Given): Promise<StreamItem[]> {
  const items: StreamItem[] = [];
  const batcher = { add: async (item: StreamItem) => void items.push(item), drain: async () => {} };
  const assetEncoding = form === 'buffer' ? 'buffer' : 'base64';
  const negotiated = { transferID: 't', checksums, assetEncoding, ferry: null } as const;
  const ids = countingIds();
  for (const { filename, metadata, chunks, isSized } of assets) {
    const size = chunks.reduce((sum, { length }) => sum + length, 0);
    const asset: Asset = {
      filename,
      metadata,
      size: isSized ? size : null,
      async *stream() {
        yield* chunks;
      },
    };
    await sendAsset(asset, batcher, negotiated, ids);
  }
  return items;
}

/** The items of each message as its receiver reads them. */
function messagesOf(items: readonly StreamItem[], { form, cut }: Given): unknown[][] {
  const frames = createByteFrames();
  const messages: unknown[][] = [];
  const head = {
    ...({ type: 'transfer', kind: 'step', action: 'stream', step: 'assets' } as const),
    ...{ uuid: 'u', transferID: 't' },
  };
  for (let at = 0; at < items.length; at += cut) {
    const part = items
      .slice(at, at + cut)
      .map((item) =>
        form === 'text' && typeof item !== 'string'
          ? encodeAssetChunk(item.assetID, item.bytes, 'base64')
          : item,
      );
    const frame = frames.encode(head, part);
    // Only bytes are decoded where they stand.
    const read = parseFrame(form === 'bytes' ? frame : Buffer.from(frame).toString());
    messages.push((read as { data: unknown[] }).data);
  }
  return messages;
}

async function pulled(messages: readonly unknown[][], checksums: boolean): Promise<MemoryAsset[]> {
  const found: MemoryAsset[] = [];
  async function* batches() {
    // In a pull the array is one deeper.
    for (const items of messages) yield [items];
  }
  for await (const { filename, metadata, stream } of readAssets(batches(), { url: 'x', checksums })) {
    const chunks: Uint8Array[] = [];
    for await (const bytes of stream()) chunks.push(bytes);
    found.push({ filename, metadata, bytes: Buffer.concat(chunks) });
  }
  return found;
}

async function pushed(messages: readonly unknown[][], checksums: boolean): Promise<readonly MemoryAsset[]> {
  const store = createMemoryStore();
  const destination = store.destination();
  await destination.open();
  await destination.prepare({ steps: ['assets'], metadata: null, schemas: null });
  const limits = { assetSize: 1_000_000, batchItems: 100 };
  const receiver = createPushReceiver(destination, { checksums, limits, moved: () => {} });
  await receiver.start('assets');
  try {
    for (const items of messages) await receiver.stream('assets', items);
    await receiver.end('assets');
  } catch (error) {
    await receiver.abort();
    throw error;
  }
  await destination.commit();
  return store.content().assets;
}

const ends = [pulled, pushed];
const plain = (assets: readonly MemoryAsset[]) =>
  assets.map(({ filename, metadata, bytes }) => [
    filename,
    JSON.stringify(metadata),
    Buffer.from(bytes).toString('base64'),
  ]);

test('whatever assets are sent, in whichever form and cut into whichever messages, both ends get them', async () => {
  await fc.assert(
    fc.asyncProperty(given, async (given) => {
      const items = await itemsOf(given);
      const wanted = given.assets.map(({ filename, metadata, chunks }) => ({
        filename,
        metadata,
        bytes: Buffer.concat(chunks),
      }));
      for (const end of ends) {
        expect(plain(await end(messagesOf(items, given), given.checksums))).toEqual(plain(wanted));
      }
    }),
    runs(60),
  );
});

const damage = fc.record({
  how: fc.constantFrom('turned', 'left out', 'repeated', 'exchanged', 'cut short'),
  at: fc.nat(),
  bit: fc.nat(),
});
type Damage = typeof damage extends fc.Arbitrary<infer T> ? T : never;
type Chunk = Exclude<StreamItem, string>;

/** The flow with its asset bytes damaged at one place. */
function damaged(items: readonly StreamItem[], { how, at, bit }: Damage): StreamItem[] {
  const places = items.flatMap((item, place) => (typeof item === 'string' ? [] : [place]));
  const place = places[at % places.length] ?? 0;
  const { assetID, bytes } = items[place] as Chunk;
  if (how === 'left out') return items.toSpliced(place, 1);
  if (how === 'repeated') return items.toSpliced(place, 0, { assetID, bytes });
  if (how === 'cut short') return items.with(place, { assetID, bytes: bytes.subarray(0, -1) });
  const next = items[place + 1];
  if (how === 'exchanged' && typeof next === 'object') {
    return items.toSpliced(place, 2, next, { assetID, bytes });
  }
  const turned = Uint8Array.from(bytes);
  const index = Math.floor(bit / 8) % Math.max(1, turned.length);
  turned[index] = (turned[index] ?? 0) ^ (1 << (bit % 8));
  return items.with(place, { assetID, bytes: turned });
}

const bytesIn = (items: readonly StreamItem[]) =>
  items
    .map((item) => (typeof item === 'string' ? item : Buffer.from(item.bytes).toString('latin1')))
    .join('');

test('with checksums nothing that differs by a bit is taken, by neither end', async () => {
  // Base64 as text, and the JSON of a Buffer, are sent as text already: here it is the bytes that are damaged.
  const sent = given.map((one) => ({ ...one, form: 'bytes' as const, checksums: true }));
  await fc.assert(
    fc.asyncProperty(sent, damage, async (given, damage) => {
      const items = await itemsOf(given);
      fc.pre(items.some((item) => typeof item === 'object'));
      const wrong = damaged(items, damage);
      fc.pre(bytesIn(items) !== bytesIn(wrong));
      for (const end of ends) {
        const error = await end(messagesOf(wrong, given), true).then(
          () => undefined,
          (thrown: unknown) => thrown,
        );
        expect(error).toBeInstanceOf(TransferError);
        expect(['CHECKSUM_MISMATCH', 'ASSET_SIZE_MISMATCH']).toContain((error as TransferError).code);
      }
    }),
    runs(60),
  );
});

describe.each([true, false])('of two assets with one file name (checksums: %s)', (checksums) => {
  const sent = async (...contents: readonly Uint8Array<ArrayBuffer>[]) => {
    const form = 'bytes' as const;
    const assets = contents.map((bytes) => ({
      filename: 'a.bin',
      metadata: {},
      chunks: [bytes],
      isSized: true,
    }));
    const whole = { assets, form, checksums, cut: 2 };
    return messagesOf(await itemsOf(whole), whole);
  };

  test('neither end takes a second one that differs: a folder would lose the first', async () => {
    for (const end of ends) {
      const messages = await sent(Uint8Array.of(1, 2), Uint8Array.of(3));
      await expect(end(messages, checksums)).rejects.toMatchObject({ code: 'DUPLICATE_ASSET' });
    }
  });

  test('both ends take one that is the very same: nothing is lost', async () => {
    for (const end of ends) {
      const messages = await sent(Uint8Array.of(1, 2), Uint8Array.of(1, 2));
      const [last] = plain(await end(messages, checksums)).slice(-1);
      expect(last).toEqual(['a.bin', '{}', Buffer.of(1, 2).toString('base64')]);
    }
  });
});
