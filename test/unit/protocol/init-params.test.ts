import { expect, test } from 'vitest';
import { mostNames, mostPlaces } from '../../../src/protocol/concern.js';
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

const concern = {
  'api::a.a': { documents: ['one'], values: { slug: ['sea', 7] }, places: ['en/draft'] },
  'plugin::upload.file': { documents: [], values: {} },
};

test('what alone a pull is to give is understood', () => {
  expect(initParams({ concern })).toStrictEqual({ ...nothing, concern });
});

test.each([
  ['a text', 'api::a.a'],
  ['a type that is a list', { 'api::a.a': ['one'] }],
  ['documents that are numbers', { 'api::a.a': { documents: [1], values: {} } }],
  ['no values', { 'api::a.a': { documents: [] } }],
  ['a value that is an object', { 'api::a.a': { documents: [], values: { slug: [{}] } } }],
  ['too many places', { 'api::a.a': { documents: [], values: {}, places: Array(mostPlaces + 1).fill('/') } }],
  ['places that are a text', { 'api::a.a': { documents: [], values: {}, places: 'en/draft' } }],
  ['a type that never moves', { 'admin::user': { documents: ['one'], values: {} } }],
  ['too many documents', { 'api::a.a': { documents: Array(mostNames).fill('one'), values: {} } }],
  ['too many values', { 'api::a.a': { documents: [], values: { slug: Array(mostNames).fill(1) } } }],
  [
    'too many types',
    Object.fromEntries(
      Array.from({ length: mostNames }, (_, n) => [`t${n}`, { documents: ['a'], values: {} }]),
    ),
  ],
  ['names that are too long', { 'api::a.a': { documents: ['a'.repeat(2 ** 21)], values: {} } }],
])('of a concern that is %s nothing is understood: all is given', (_, wrong) => {
  expect(initParams({ concern: wrong })).toStrictEqual(nothing);
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
