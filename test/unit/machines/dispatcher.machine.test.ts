import { dispatcherMachine } from '../../../machines/dispatcher.machine.js';
import type { Row } from '../../support/chart-rows.js';
import { describeTable } from '../../support/chart-suite.js';

const request = { uuid: 'u1', kind: 'status', bytes: 10 };
const initial = {
  retryMessageOptions: { retryMessageTimeout: 30_000, retryMessageMaxRetries: 5 },
  request,
  retries: 0,
  failure: null,
};
const inLine = { request: { ...request, inLine: true } };
const sent = { type: 'frame.sent', uuid: 'u1' };
const answer = { type: 'answer.received', uuid: 'u1' };
const counting = 'waitingResponse.counting';

const rows: Row[] = [
  { in: 'init', on: 'connection.opened', to: 'ready', and: { request: null } },
  { in: 'init', on: { type: 'request', ...request }, to: 'init' },
  { in: 'ready', on: { type: 'request', ...request }, to: 'dispatching', and: { request, retries: 0 } },
  { in: 'ready', on: answer, to: 'ready' },
  { in: 'dispatching', on: sent, to: counting },
  { in: 'dispatching', given: inLine, on: sent, to: 'waitingResponse.inLine' },
  { in: 'dispatching', on: { ...sent, uuid: 'u0' }, to: 'dispatching' },
  { in: 'dispatching', given: inLine, on: { ...sent, uuid: 'u0' }, to: 'dispatching' },
  { in: 'dispatching', on: answer, to: 'dispatching' },
  {
    in: 'dispatching',
    given: inLine,
    on: 'line.advanced',
    to: 'dispatching',
    and: { request: { ...request, inLine: false } },
  },
  { in: counting, on: answer, to: 'ready', and: { request: null } },
  { in: counting, on: { ...answer, uuid: 'u0' }, to: counting },
  { in: 'waitingResponse.inLine', on: answer, to: 'ready' },
  {
    in: 'waitingResponse.inLine',
    given: inLine,
    on: 'line.advanced',
    to: counting,
    and: { request: { ...request, inLine: false } },
  },
  { in: counting, on: 'after.retryMessageTimeout', to: 'retrying', and: { retries: 1 } },
  {
    in: counting,
    given: { retries: 4 },
    on: 'after.retryMessageTimeout',
    to: 'retrying',
    and: { retries: 5 },
  },
  {
    in: counting,
    given: { retries: 5 },
    on: 'after.retryMessageTimeout',
    to: 'error',
    and: { failure: 'REQUEST_TIMED_OUT' },
  },
  {
    in: counting,
    given: {
      retries: 5,
      request: { ...request, retry: { retryMessageTimeout: 120_000, retryMessageMaxRetries: 30 } },
    },
    on: 'after.retryMessageTimeout',
    to: 'retrying',
  },
  { in: 'retrying', on: sent, to: counting },
  { in: 'retrying', on: { ...sent, uuid: 'u0' }, to: 'retrying' },
  ...['init', 'ready', 'dispatching', counting, 'waitingResponse.inLine', 'retrying'].flatMap(
    (state): Row[] => [
      { in: state, on: 'abort', to: 'stopped', and: { failure: 'ABORTED' } },
      {
        in: state,
        on: { type: 'connection.lost', code: 'CONNECTION_SILENT' } as Row['on'],
        to: 'error',
        and: { failure: 'CONNECTION_SILENT' },
      },
    ],
  ),
];

describeTable(dispatcherMachine, initial, rows);
