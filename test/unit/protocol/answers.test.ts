import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { encodeAnswer, encodeBatch, wireErrorOf } from '../../../src/protocol/answers.js';
import {
  type ErrorCode,
  type ErrorDetails,
  errorTable,
  TransferError,
  transferErrorOf,
} from '../../../src/protocol/errors.js';
import { parseServerMessage } from '../../../src/protocol/validate.js';

const recording = new URL('../../fixtures/recordings/strapi-5.54.0-unexpected-messages.txt', import.meta.url);

const read = (frame: string) => parseServerMessage(frame);

/** The error that a real Strapi answered, by the name of the case. */
const recorded = new Map(
  readFileSync(recording, 'utf8')
    .split('\n')
    .filter((line) => line.includes('"error":{'))
    .map((line) => {
      const at = line.indexOf('{"uuid"');
      return [line.slice(0, at).trim(), (JSON.parse(line.slice(at)) as { error: object }).error] as const;
    }),
);

const actions = (count: number) => Array.from({ length: count }, (_, index) => String(index));
const stage = (name: string) => ({ stage: name, wire: { step: { kind: 'transfer', stage: name } } });

describe('an error on the wire, as a Strapi words it', () => {
  test.each<[string, ErrorCode, ErrorDetails?]>([
    ['push action before init', 'NO_TRANSFER'],
    ['push unknown command', 'INVALID_COMMAND'],
    ['push end before init', 'BAD_TRANSFER_ID'],
    ['push init twice', 'TRANSFER_IN_PROGRESS'],
    [
      'push unknown action',
      'INVALID_ACTION',
      { action: 'fly', wire: { action: 'fly', validActions: actions(6) } },
    ],
    ['push bootstrap again', 'ACTION_OUT_OF_ORDER', { action: 'bootstrap', wire: { action: 'bootstrap' } }],
    ['push stream w/o start', 'STAGE_NOT_STARTED'],
    ['push start unknown step', 'INVALID_STAGE', stage('dreams')],
    ['push start links again', 'STAGE_IN_PROGRESS', { stage: 'links', current: 'links' }],
    [
      'push start configuration while links',
      'STAGE_IN_PROGRESS',
      { stage: 'configuration', current: 'links' },
    ],
    ['pull start unknown step', 'INVALID_STEP'],
    ['pull start links again', 'STAGE_STREAMING'],
  ])('%s: %s', (name, code, details = {}) => {
    expect(recorded.has(name)).toBe(true);
    expect(wireErrorOf(transferErrorOf(code, details))).toEqual(recorded.get(name));
  });

  // In Strapi's sources, and not met by the recording; or where a Strapi has no such refusal.
  test.each<[ErrorCode, string, ('initialization' | 'validation' | 'transfer')?]>([
    ['INVALID_MESSAGE', 'Invalid message', 'validation'],
    ['CHECKSUM_MISMATCH', 'Checksum mismatch', 'transfer'],
    ['ASSET_SIZE_MISMATCH', 'Asset size mismatch', 'transfer'],
    ['BAD_REQUEST', 'Bad Request'],
    ['TRANSFER_TERMINATED', 'Transfer has been terminated', 'transfer'],
    ['PROTECTED_TYPE', 'Remote push cannot transfer protected type "<type>" at <place>', 'transfer'],
    ['STAGE_ENDED', 'You need to initialize the transfer stage (<stage>) before ending it', 'transfer'],
    [
      'STAGE_CLOSED',
      'You need to initialize the transfer stage (<stage>) before starting to stream data',
      'transfer',
    ],
    ['NOT_BOOTSTRAPPED', 'The transfer needs bootstrap first', 'initialization'],
    [
      'STAGE_NOT_INCLUDED',
      'Attempting to transfer <stage> when `<stage>` is not set in restore options',
      'transfer',
    ],
    [
      'ASSET_NOT_STARTED',
      'No asset "<assetID>" for <action> action; send start before stream/end',
      'transfer',
    ],
    ['MISSING_UUID', 'Missing uuid in message'],
    ['TRANSFER_OVER', 'Invalid Transfer Process'],
    ['ASSET_TOO_LARGE', 'Asset <filename> exceeds the size limit', 'transfer'],
    ['NOT_SERVED', 'This server takes no <direction>: <because>'],
    ['UNSAFE_FILENAME', 'Invalid asset filename', 'transfer'],
    ['DUPLICATE_ASSET', 'Two different assets are called <filename>', 'transfer'],
    ['NO_SPACE', 'No space left on the server', 'transfer'],
  ])('%s: %s', (code, message, step) => {
    const names = ['type', 'place', 'stage', 'assetID', 'action', 'filename', 'direction', 'because'];
    const details = Object.fromEntries(names.map((name) => [name, `<${name}>`]));
    expect(wireErrorOf(transferErrorOf(code, details))).toEqual({
      code: 'Error',
      message,
      details: step === undefined ? {} : { step },
    });
  });

  const worded = Object.entries(errorTable).flatMap(([code, row]) =>
    'wire' in row ? [code as ErrorCode] : [],
  );
  test.each(worded)('%s tells the client no path, address or reason of the system', (code) => {
    const names = ['path', 'url', 'reason', 'file', 'host', 'port'];
    const details = Object.fromEntries(names.map((name) => [name, `<${name}>`]));
    expect(wireErrorOf(transferErrorOf(code, details)).message).not.toMatch(/<\w+>/);
  });

  test('what is wrong with the strategy goes with it', () => {
    const wire = { strategy: 'merge' };
    expect(wireErrorOf(new TransferError('INVALID_STRATEGY', { strategy: 'merge', wire }))).toEqual({
      code: 'Error',
      message: 'Invalid strategy merge',
      details: { step: 'validation', details: wire },
    });
  });

  test.each([
    ['UNAUTHORIZED', 'UnauthorizedError', 'Token not found'],
    ['FORBIDDEN', 'ForbiddenError', 'Forbidden access'],
  ] as const)('%s has a name of its own: %s', (code, named, message) => {
    expect(wireErrorOf(transferErrorOf(code))).toEqual({ code: named, message, details: {} });
  });

  test('an error that a Strapi cannot have is told by our own code', () => {
    const error = new TransferError('STORE_IN_USE', { path: '/srv', pid: 7 });
    const message =
      'The store is being written by another transfer. Wait until it has ended, then run this one again';
    expect(wireErrorOf(error)).toEqual({ code: 'STORE_IN_USE', message, details: {} });
  });

  const codes = Object.keys(errorTable) as ErrorCode[];
  const operators = ['path', 'file', 'pid', 'reason', 'url', 'host', 'port', 'location', 'answer', 'entry'];
  const secrets = Object.fromEntries(
    [...operators, 'differences', 'to', 'also', 'cure'].map((name) => [name, 'SECRET']),
  );

  test.each(codes)('%s tells a client of no path, process, address or reason of the server', (code) => {
    expect(JSON.stringify(wireErrorOf(transferErrorOf(code, secrets)))).not.toContain('SECRET');
  });
});

describe('what a server of your own sends', () => {
  const uuid = 'u';

  test('an answer is read back as it was meant', () => {
    const error = new TransferError('BAD_TRANSFER_ID', { request: 'close' });
    const wire = { code: 'Error', message: 'Bad transfer ID provided', details: { step: 'transfer' } };
    expect([encodeAnswer({ uuid, data: { ok: true } }), encodeAnswer({ uuid, error })].map(read)).toEqual([
      { kind: 'answer', answer: { uuid, data: { ok: true }, error: null } },
      { kind: 'answer', answer: { uuid, data: null, error: wire } },
    ]);
  });

  test('a batch is read back as it was meant', () => {
    const last = { uuid, id: 'a stage', items: null, ended: true, error: null };
    const batches = [
      last,
      { ...last, items: [{ id: 1 }], ended: false },
      { ...last, error: { message: 'm' } },
    ];
    expect(batches.map((batch) => read(encodeBatch(batch)))).toEqual(
      batches.map((batch) => ({ kind: 'batch', batch })),
    );
  });
});
