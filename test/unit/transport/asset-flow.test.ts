import { describe, expect, test } from 'vitest';
import { readAssets } from '../../../src/client/asset-reader.js';
import { toTransferError, transferErrorOf } from '../../../src/protocol/errors.js';
import { createPushReceiver } from '../../../src/server/push-receiver.js';
import { createMemoryStore } from '../../../src/stores/memory.js';
import { createAssetFlow } from '../../../src/transport/asset-flow.js';
import { asset } from '../../support/raw-client.js';

const bytes = Uint8Array.of(1);
const items = {
  s: asset.start('a', 'a.bin', 0),
  b: asset.stream('a', bytes),
  e: asset.end('a'),
  S: asset.start('b', 'b.bin', 0),
  B: asset.stream('b', bytes),
  E: asset.end('b'),
} as const;
type Letter = keyof typeof items;
const letters = Object.keys(items) as Letter[];

/** The grammar: one asset at a time, each started, streamed and ended. */
const isWhole = (word: string) => /^(sb*e|SB*E)*$/.test(word);
const longer = (words: readonly string[]) => words.flatMap((word) => letters.map((letter) => word + letter));
const one = longer(['']);
const two = longer(one);
const words = [...one, ...two, ...longer(two), 'sbbe', 'seSE', 'sbbb', 'sbeS', 'sSeE', 'sBbe', 'sbbE'];
const flowOf = (word: string) => [...word].map((letter) => items[letter as Letter]);

async function pull(word: string): Promise<void> {
  async function* batches() {
    yield flowOf(word);
  }
  for await (const { stream } of readAssets(batches(), { url: 'x', checksums: false })) {
    for await (const _ of stream());
  }
}

async function push(word: string): Promise<void> {
  const destination = createMemoryStore().destination();
  await destination.open();
  await destination.prepare({ steps: ['assets'], metadata: null, schemas: null });
  const limits = { assetSize: 100, batchItems: 10 };
  const receiver = createPushReceiver(destination, { checksums: false, limits, moved: () => {} });
  await receiver.start('assets');
  try {
    await receiver.stream('assets', flowOf(word));
    await receiver.end('assets');
  } finally {
    await receiver.abort();
  }
}

const codeOf = (done: Promise<void>): Promise<string> =>
  done.then(
    () => 'taken',
    (error: unknown) => toTransferError(error).code,
  );

describe.each([
  ['pull', pull, ['INVALID_MESSAGE']],
  ['push', push, ['INVALID_MESSAGE', 'ASSET_NOT_STARTED']],
] as const)('a %s', (_, end, codes) => {
  test('takes every flow of up to three items that the grammar has, and no other', async () => {
    for (const word of words) {
      const code = await codeOf(end(word));
      if (isWhole(word)) expect([word, code]).toEqual([word, 'taken']);
      else expect([word, ...codes]).toContain(code);
    }
  });
});

describe('the flow', () => {
  const misplaced = () => transferErrorOf('INVALID_MESSAGE');
  const begun = (options: Partial<Parameters<typeof createAssetFlow>[0]> = {}, size = 2) => {
    const flow = createAssetFlow({ checksums: false, hashes: true, misplaced, ...options });
    flow.take(asset.start('a', 'a.bin', size) as never);
    return flow;
  };
  const chunk = (length: number) => asset.stream('a', new Uint8Array(length)) as never;
  const end = asset.end('a') as never;

  test.each([
    ['a longer one, at its end where no limit is given', {}, [3], 'ASSET_SIZE_MISMATCH'],
    ['a shorter one, at its end', {}, [1], 'ASSET_SIZE_MISMATCH'],
    ['one without its checksum, where it was agreed', { checksums: true }, [2], 'CHECKSUM_MISMATCH'],
  ])('refuses %s', (_, options, chunks, code) => {
    const flow = begun(options);
    for (const length of chunks) flow.take(chunk(length));
    expect(() => flow.take(end)).toThrow(expect.objectContaining({ code }));
    expect(flow.open).toBeNull();
  });

  test.each([
    ['over the limit', 0, 'ASSET_TOO_LARGE'],
    ['announced over the limit', 11, 'ASSET_TOO_LARGE'],
    ['longer than announced', 2, 'ASSET_SIZE_MISMATCH'],
  ])('with a limit, refuses one that is %s as it comes', (_, announced, code) => {
    expect(() => begun({ assetSize: 10 }, announced).take(chunk(announced === 0 ? 11 : 3))).toThrow(
      expect.objectContaining({ code }),
    );
  });

  test('looks at nothing of an asset that is not read', () => {
    const flow = begun({ checksums: true });
    expect(flow.take(asset.stream('a', new Uint8Array(9)) as never, false)).toMatchObject({
      action: 'stream',
    });
    expect(flow.take(end, false)).toEqual({ action: 'end' });
  });
});
