import { expect, test } from 'vitest';
import { namesTransfer } from '../../../machines/names-transfer.js';
import type { SessionRequest } from '../../../src/protocol/requests.js';

const uuid = 'u';
const request = (type: string, transferID?: string) =>
  ({ type: `request.${type}`, uuid, ...(transferID === undefined ? {} : { transferID }) }) as SessionRequest;
const names = ['bootstrap', 'getMetadata', 'getSchemas', 'beforeTransfer', 'rollback', 'close', 'end'];
const steps = ['stepStart', 'stepStream', 'stepEnd'];

test.each([...names, ...steps])('%s has to name the transfer in progress', (type) => {
  expect([undefined, 'other', 'ours'].map((id) => namesTransfer(request(type, id), 'ours'))).toEqual([
    false,
    false,
    true,
  ]);
});

test.each(['init', 'status', 'invalid'])('%s names none', (type) => {
  expect(namesTransfer(request(type), 'ours')).toBe(true);
});

test('while no transfer is in progress, a request may name any', () => {
  expect(namesTransfer(request('close', 'other'), null)).toBe(true);
});
