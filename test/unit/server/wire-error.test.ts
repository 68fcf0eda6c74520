import { expect, test } from 'vitest';
import { type ErrorCode, errorTable, transferErrorOf } from '../../../src/protocol/errors.js';
import { isOperators } from '../../../src/server/wire-error.js';

const codes = Object.keys(errorTable) as ErrorCode[];
const operators = ['path', 'file', 'pid', 'reason', 'url', 'host', 'port', 'location', 'answer', 'entry'];
const secrets = Object.fromEntries(
  [...operators, 'differences', 'to', 'also', 'cure'].map((name) => [name, 'SECRET']),
);

test.each(codes.filter((code) => transferErrorOf(code, secrets).message.includes('SECRET')))(
  '%s, of which a client learns less, is told to the operator, or is the client’s own doing',
  (code) => {
    const ofTheClient = ['INVALID_MESSAGE', 'UNAUTHORIZED', 'FORBIDDEN', 'STORE_IN_USE', 'BROKEN_CHANGESET'];
    expect(isOperators(transferErrorOf(code, secrets))).toBe(!ofTheClient.includes(code));
  },
);
