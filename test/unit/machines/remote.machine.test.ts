import { remoteMachine } from '../../../machines/remote.machine.js';
import type { Row } from '../../support/chart-rows.js';
import { describeTable } from '../../support/chart-suite.js';

const initial = { input: { url: 'https://example.com/admin', lanes: 2 }, failure: null };
const failure = { code: 'REQUEST_TIMED_OUT', details: { request: 'init' } };
const failed = (type: string) => ({ type, failure }) as Row['on'];
const connectionDone = (output: unknown) =>
  ({ type: 'xstate.done.actor.connection', output, actorId: 'connection' }) as Row['on'];
const lost = connectionDone({ code: 'CONNECTION_SILENT', details: { ms: 10_000 } });
const closed = connectionDone(null);

const rows: Row[] = [
  { in: 'connecting', on: 'connection.opened', to: 'working' },
  { in: 'connecting', on: 'leave', to: 'cutting' },
  { in: 'connecting', on: failed('peer.broken'), to: 'connecting' },
  { in: 'working', on: 'peer.busy', to: 'working', does: ['xstate.sendTo'] },
  { in: 'working', on: 'peer.idle', to: 'working', does: ['xstate.sendTo'] },
  { in: 'working', on: failed('request.exhausted'), to: 'lost', and: { failure } },
  { in: 'working', on: failed('peer.broken'), to: 'lost', and: { failure } },
  { in: 'working', on: 'leave', to: 'closing' },
  { in: 'cutting', on: 'abort', to: 'cutting', does: [] },
  // What the peer reports changes nothing; it is passed on.
  ...['connecting', 'working', 'closing', 'cutting'].flatMap((state): Row[] => [
    { in: state, on: 'diagnostic.warning', to: state, does: ['xstate.emit'] },
    { in: state, on: 'request.retried', to: state, does: ['xstate.emit'] },
    { in: state, on: 'connection.cut', to: state, does: ['xstate.sendTo'] },
  ]),
  ...['connecting', 'working', 'closing'].map((state): Row => ({ in: state, on: 'abort', to: 'cutting' })),
  ...['connecting', 'working', 'closing', 'cutting'].flatMap((state): Row[] => [
    { in: state, on: closed, to: 'closed', and: { failure: null } },
    { in: state, on: lost, to: 'lost' },
  ]),
];

describeTable(remoteMachine, initial, rows);
