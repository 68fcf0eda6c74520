import { expect, test } from 'vitest';
import { initParams } from '../../../src/protocol/init-params.js';
import { restoreAll } from '../../../src/protocol/restore.js';

const nothing = { checksums: false, strategy: 'restore', restore: restoreAll };

test.each([
  ['nothing at all', undefined],
  ['null', null],
  ['an empty object', {}],
  ['a text', 'init'],
  ['a list', [1]],
  ['keys of a later version', { resume: true, options: { more: 1 } }],
  ['checksums that are no boolean', { checksums: 'yes' }],
  ['checksums that are not wanted', { checksums: false }],
  ['an encoding that is not known', { assetEncoding: 'hex' }],
  ['a version that is no number', { ferry: { version: '1' } }],
  ['no options', { options: null }],
  ['no restore', { options: { strategy: null, restore: null } }],
  ['assets that are wanted', { options: { restore: { assets: true } } }],
])('of %s nothing is understood', (_, params) => {
  expect(initParams(params)).toStrictEqual(nothing);
});

const restore = (entities: object) => ({ options: { restore: { assets: true, entities } } });

test.each([
  [{ checksums: true }, { checksums: true }],
  [{ assetEncoding: 'base64' }, { assetEncoding: 'base64' }],
  [{ ferry: { version: 1, more: true } }, { ferry: { version: 1 } }],
  [{ options: { strategy: 'merge' } }, { strategy: 'merge' }],
  // A Strapi takes assets only where they are said to be.
  [{ options: { restore: { assets: false } } }, { restore: { ...restoreAll, assets: false } }],
  [{ options: { restore: {} } }, { restore: { ...restoreAll, assets: false } }],
  [
    { options: { restore: { assets: true, configuration: { webhook: false } } } },
    { restore: { ...restoreAll, configuration: { coreStore: true, webhook: false } } },
  ],
  [restore({ include: [] }), { restore: { ...restoreAll, entities: { include: [] } } }],
  [restore({ exclude: ['a'], include: null }), { restore: { ...restoreAll, entities: { exclude: ['a'] } } }],
])('%j is understood', (params, understood) => {
  expect(initParams(params)).toStrictEqual({ ...nothing, ...understood });
});

test.each([
  ['options that are a text', 'options', 'restore'],
  ['a strategy that is a number', 'options.strategy', { strategy: 1 }],
  ['assets that are no boolean', 'options.restore.assets', { restore: { assets: 'no' } }],
  [
    'a setting that is no boolean',
    'configuration.coreStore',
    { restore: { configuration: { coreStore: 0 } } },
  ],
  ['types that are no list', 'entities.include', { restore: { entities: { include: 'api::a.a' } } }],
  ['a type that is no text', 'entities.exclude.0', { restore: { entities: { exclude: [1] } } }],
])('%s are refused, since what they leave alone would be lost', (_, where, options) => {
  expect(() => initParams({ options })).toThrow(
    expect.objectContaining({ code: 'INVALID_MESSAGE', message: expect.stringContaining(where) }),
  );
});

test('what is wrong in one place does not hide what is right in another', () => {
  expect(initParams({ checksums: true, assetEncoding: 7, ferry: null })).toEqual({
    ...nothing,
    checksums: true,
  });
});
