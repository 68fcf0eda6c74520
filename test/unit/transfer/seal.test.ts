import { expect, it } from 'vitest';
import type { Step } from '../../../src/protocol/content.js';
import { createMemoryStore, type MemoryContent } from '../../../src/stores/memory.js';
import { createTransfer } from '../../../src/transfer/create-transfer.js';
import { brokenStages, createSeal, sealedDestination, sealedSource } from '../../../src/transfer/seal.js';
import { smallContent } from '../../support/small-content.js';

/** The seal of content that is written, and of content that is read back. */
async function sealsOf(written: MemoryContent, kept: MemoryContent) {
  const [left, right] = [createSeal(), createSeal()];
  const to = sealedDestination(createMemoryStore().destination(), left);
  await createTransfer({ from: createMemoryStore(written).source(), to }).done;
  const source = sealedSource(createMemoryStore(kept).source(), right);
  await source.open();
  for (const step of ['configuration', 'links', 'entities'] as const)
    for await (const _ of source.rows(step));
  for await (const asset of source.assets()) for await (const _ of asset.stream());
  await source.close();
  return [left, right] as const;
}

const content: MemoryContent = {
  ...smallContent,
  entities: smallContent.entities.slice(0, 3),
  links: smallContent.links.slice(0, 2),
};
const [, ...others] = content.assets;
const flipped = (bytes: Uint8Array) => bytes.map((byte, at) => (at === bytes.length - 1 ? byte ^ 1 : byte));

it('is the same for what is read back as it came, files in any order', async () => {
  const kept = { ...content, assets: [...content.assets].reverse() };
  expect(brokenStages(...(await sealsOf(content, kept)))).toEqual([]);
});

it.each<[string, Step, Partial<MemoryContent>]>([
  ['a row is missing', 'entities', { entities: content.entities.slice(1) }],
  ['a value differs', 'entities', { entities: content.entities.map((row) => ({ ...row, data: {} })) }],
  ['rows have another order', 'entities', { entities: [...content.entities].reverse() }],
  ['a file is missing', 'assets', { assets: others }],
  ['a file is there twice', 'assets', { assets: [...content.assets, ...others] }],
  [
    'a byte differs',
    'assets',
    { assets: content.assets.map((asset) => ({ ...asset, bytes: flipped(asset.bytes) })) },
  ],
  [
    'a file has another name',
    'assets',
    { assets: content.assets.map((asset, at) => (at === 0 ? { ...asset, filename: 'other' } : asset)) },
  ],
  ['a link is missing', 'links', { links: content.links.slice(1) }],
  ['a setting is missing', 'configuration', { configuration: content.configuration.slice(1) }],
])('differs where %s', async (_, step, change) => {
  expect(brokenStages(...(await sealsOf(content, { ...content, ...change })))).toEqual([step]);
});
