import { expect, test } from 'vitest';
import { createAssetNames } from '../../../src/protocol/asset-names.js';

test('a name is taken by one file, which may come again', () => {
  const names = createAssetNames();
  names.claim('a.png', 'one');
  names.claim('b.png', 'two');
  names.claim('a.png', 'one');
  expect(() => names.claim('a.png', 'two')).toThrow(
    expect.objectContaining({ code: 'DUPLICATE_ASSET', details: { filename: 'a.png' } }),
  );
  // The first one keeps it.
  names.claim('a.png', 'one');
  createAssetNames().claim('a.png', 'two');
});
