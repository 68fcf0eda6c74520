import { expect, test } from 'vitest';
import { createBatchCheck } from '../../../src/testing/conformance/server-batches.js';

const batch = (items: readonly unknown[], ended: boolean) => ({
  uuid: 'b',
  id: 'stage.links',
  items,
  ended,
  error: null,
});

test.each([false, true])('a row that is none is found in a batch, the last one too (%s)', (ended) => {
  expect(createBatchCheck('links', false).faultOf(batch([{}], ended) as never)).toMatch(
    /^a batch of links with a row/,
  );
});

test('an asset that goes on after the last batch is found', () => {
  const start = {
    action: 'start',
    assetID: 'a',
    data: { filename: 'a', filepath: '/a', stats: { size: 1 }, metadata: {} },
  };
  expect(createBatchCheck('assets', false).faultOf(batch([[start]], true) as never)).toBe(
    'the last batch of assets in the middle of an asset',
  );
});
