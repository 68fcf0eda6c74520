import { dispatcherMachine } from '../../../machines/dispatcher.machine.js';
import { given, type Row } from '../../support/chart-rows.js';
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
const sentOther = { type: 'frame.sent', uuid: 'u0' };
const answerToOther = { type: 'answer.received', uuid: 'u0' };
const asked = { type: 'request', ...request };
const counting = 'waitingResponse.counting';
const sends = { type: 'sendFrame', uuid: 'u1' };
const failed = (code: string) => ({ type: 'request.failed', uuid: 'u1', code });
const refused = (uuid: string) => ({ type: 'request.refused', uuid, code: 'DISPATCHER_NOT_READY' });
const retried = (retry: number) => ({ type: 'request.retried', uuid: 'u1', kind: 'status', retry });
const longRetry = { ...request, retry: { retryMessageTimeout: 120_000, retryMessageMaxRetries: 30 } };

const rows: Row[] = [
  {
    ...given({ retryMessageOptions: initial.retryMessageOptions }),
    to: 'init',
    and: { ...initial, request: null },
  },
  { in: 'init', on: 'connection.opened', to: 'ready', and: { request: null } },
  { in: 'init', on: asked, to: 'init', tells: [refused('u1')] },
  ...['dispatching', counting, 'waitingResponse.inLine', 'retrying'].map((place) => ({
    in: place,
    on: { ...asked, uuid: 'u2' },
    to: place,
    and: { request },
    tells: [refused('u2')],
  })),
  {
    in: 'ready',
    given: { request: null, retries: 3 },
    on: asked,
    to: 'dispatching',
    and: { request, retries: 0 },
    tells: [sends],
  },
  { in: 'ready', on: answer, to: 'ready' },
  { in: 'dispatching', on: sent, to: counting, waits: [30_000] },
  { in: 'dispatching', given: { request: longRetry }, on: sent, to: counting, waits: [120_000] },
  { in: 'dispatching', given: inLine, on: sent, to: 'waitingResponse.inLine', waits: [] },
  {
    in: 'dispatching',
    given: { request: null },
    on: 'line.advanced',
    to: 'dispatching',
    and: { request: null },
  },
  // Where there is no request, nothing is for it.
  { in: 'dispatching', given: { request: null }, on: 'frame.sent', to: 'dispatching' },
  { in: 'dispatching', given: { request: null }, on: sent, to: 'dispatching' },
  {
    in: 'waitingResponse.inLine',
    given: { request: null },
    on: 'line.advanced',
    to: counting,
    waits: [30_000],
  },
  {
    in: counting,
    given: { request: null },
    on: 'after.retryMessageTimeout',
    to: 'retrying',
    and: { retries: 1 },
    tells: [{ type: 'sendFrame', uuid: '' }],
  },
  { in: 'dispatching', given: { request: null }, on: 'abort', to: 'stopped', tells: [] },
  { in: 'dispatching', on: sentOther, to: 'dispatching' },
  { in: 'dispatching', given: inLine, on: sentOther, to: 'dispatching' },
  { in: 'dispatching', on: answer, to: 'dispatching' },
  {
    in: 'dispatching',
    given: inLine,
    on: 'line.advanced',
    to: 'dispatching',
    and: { request: { ...request, inLine: false } },
  },
  {
    in: counting,
    given: { retries: 2 },
    on: answer,
    to: 'ready',
    and: { request: null, retries: 0 },
    tells: [{ type: 'request.answered', uuid: 'u1', retries: 2 }],
  },
  { in: counting, on: answerToOther, to: counting },
  { in: 'waitingResponse.inLine', on: answer, to: 'ready' },
  {
    in: 'waitingResponse.inLine',
    given: inLine,
    on: 'line.advanced',
    to: counting,
    and: { request: { ...request, inLine: false } },
    waits: [30_000],
  },
  {
    in: counting,
    on: 'after.retryMessageTimeout',
    to: 'retrying',
    and: { retries: 1 },
    tells: [retried(1), sends],
  },
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
    tells: [failed('REQUEST_TIMED_OUT')],
    ends: { failure: 'REQUEST_TIMED_OUT' },
  },
  {
    in: counting,
    given: { retries: 5, request: longRetry },
    on: 'after.retryMessageTimeout',
    to: 'retrying',
  },
  { in: 'retrying', on: sent, to: counting },
  { in: 'retrying', on: sentOther, to: 'retrying' },
  ...['init', 'ready', 'dispatching', counting, 'waitingResponse.inLine', 'retrying'].flatMap(
    (state): Row[] => [
      {
        in: state,
        on: 'abort',
        to: 'stopped',
        and: { failure: 'ABORTED' },
        tells: [failed('ABORTED')],
        ends: { failure: 'ABORTED' },
      },
      {
        in: state,
        on: { type: 'connection.lost', code: 'CONNECTION_SILENT' } as Row['on'],
        to: 'error',
        and: { failure: 'CONNECTION_SILENT' },
        tells: [failed('CONNECTION_SILENT')],
      },
    ],
  ),
];

describeTable(dispatcherMachine, initial, rows);
