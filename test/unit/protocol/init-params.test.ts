import { expect, test } from 'vitest';
import { initParams } from '../../../src/protocol/init-params.js';

const steps = ['entities', 'assets', 'links', 'configuration'];
const nothing = { checksums: false, strategy: 'restore', steps };

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
  ['options that are a text', { options: 'restore' }],
  ['a strategy that is a number', { options: { strategy: 1 } }],
  ['assets that are no boolean', { options: { restore: { assets: 'no' } } }],
  ['options of which something is wrong', { options: { strategy: 'merge', restore: { assets: 'no' } } }],
  ['assets that are wanted', { options: { restore: { assets: true } } }],
])('of %s nothing is understood', (_, params) => {
  expect(initParams(params)).toStrictEqual(nothing);
});

test.each([
  [{ checksums: true }, { checksums: true }],
  [{ assetEncoding: 'base64' }, { assetEncoding: 'base64' }],
  [{ ferry: { version: 1, more: true } }, { ferry: { version: 1 } }],
  [{ options: { strategy: 'merge' } }, { strategy: 'merge' }],
  [{ options: { restore: { assets: false } } }, { steps: ['entities', 'links', 'configuration'] }],
])('%j is understood', (params, understood) => {
  expect(initParams(params)).toStrictEqual({ ...nothing, ...understood });
});

test('what is wrong in one place does not hide what is right in another', () => {
  expect(initParams({ checksums: true, assetEncoding: 7, ferry: null, options: 3 })).toEqual({
    ...nothing,
    checksums: true,
  });
});
