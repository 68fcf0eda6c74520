import { describe, expect, test } from 'vitest';
import { lifecycleMachine } from '../../../machines/lifecycle.machine.js';
import { asTyped } from '../../../src/cli/better-words.js';
import { serverLimitWords } from '../../../src/cli/limits.js';
import {
  type ErrorCode,
  type ErrorRow,
  errorTable,
  TransferError,
  transferErrorOf,
} from '../../../src/protocol/errors.js';
import { stateWords } from '../../../src/protocol/state-words.js';

const url = 'https://cms.example.com/admin';
const rows = Object.entries(errorTable) as [ErrorCode, ErrorRow][];

interface Node {
  readonly path: readonly string[];
  readonly states: Readonly<Record<string, Node>>;
}
const leavesOf = (node: Node): readonly string[] => {
  const inner = Object.values(node.states);
  return inner.length === 0 ? [node.path.join('.')] : inner.flatMap(leavesOf);
};
const states = leavesOf(lifecycleMachine.root);

/** Each placeholder of the message with a value as the code gives it. */
function sampleOf(code: ErrorCode, state = 'transferring.streaming'): TransferError {
  const names = [...errorTable[code].message.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => [name, name]);
  return transferErrorOf(code, { ...Object.fromEntries(names), url, ms: 10_000, state });
}

test.each(rows)('%s is in words: no state of a chart, no count of milliseconds', (code) => {
  for (const state of states) {
    const { message } = sampleOf(code, state);
    expect(message).not.toMatch(/\b\d+ ms\b/);
    expect(message).not.toMatch(/(connected|preparing|transferring|closing)\.\w/);
  }
});

test.each([
  [200, '200 ms'],
  [1500, '1.5 s'],
  [10_000, '10 s'],
  [90_000, '90 s'],
  [180_000, '3 min'],
])('%i milliseconds are %s', (ms, words) => {
  expect(new TransferError('BATCH_TIMED_OUT', { url, stage: 'links', ms }).message).toContain(
    `for ${words}.`,
  );
});

test.each([...states, 'waiting for an answer'])('a message says what the transfer was at in %s', (state) => {
  expect(stateWords(state)).toMatch(
    state.startsWith('waiting') ? /^waiting for an answer$/ : /^(the|content) .*(was|had)/,
  );
});

describe('what failed between here and a server names the doctor with its very URL', () => {
  /** Another connection was the cause, or the server has already said all of it. */
  const others: readonly ErrorCode[] = ['CUT_BY_ANOTHER', 'SESSION_IDLE', 'SERVER_STOPPED'];
  const ofConnections = rows.filter(([code, { exit }]) => exit === 4 && !others.includes(code));

  test.each(ofConnections)('%s', (code) => {
    expect(asTyped(sampleOf(code)).message).toContain(`strapi-ferry doctor ${url} looks at the way`);
  });

  test('before what stands at the destination', () => {
    const details = { url, reason: 'refused', at: url, stands: 'untouched' };
    expect(asTyped(new TransferError('CONNECT_FAILED', details)).message).toMatch(
      /step by step\.\nNothing at https:\/\/cms\.example\.com\/admin was changed\.$/,
    );
  });

  test('as a shell takes it', () => {
    const error = new TransferError('CONNECT_FAILED', { url: 'https://a/admin?x=1&y=2', reason: 'refused' });
    expect(asTyped(error).message).toContain("strapi-ferry doctor 'https://a/admin?x=1&y=2' looks");
  });
});

describe('an option is called as it is typed:', () => {
  test.each<readonly [string, string]>([
    ['heartbeatTimeout', '--heartbeat-timeout'],
    ['onlyContentTypes', '--only-content-types'],
    ['only/exclude', '--only and --exclude'],
    ['onlyContentTypes/excludeContentTypes', '--only-content-types and --exclude-content-types'],
    ['--from-key', '--from-key'],
    ['STRAPI_TRANSFER_TO_KEY', 'STRAPI_TRANSFER_TO_KEY'],
    ...Object.keys(serverLimitWords).map((name) => [name, `--limit ${name}`] as const),
  ])('%s is %s', (option, typed) => {
    const error = new TransferError('INVALID_OPTION', { option, value: '1', reason: 'no' });
    expect(asTyped(error).message).toBe(`Option ${typed} cannot be 1: no.`);
  });
});
