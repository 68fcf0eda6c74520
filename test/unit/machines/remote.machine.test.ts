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
/** There is somebody who is told what is emitted, too: everything comes twice. */
const report = { send() {}, sessionId: 'x:1', getSnapshot: () => ({ status: 'active' }) };
const reported = { input: { ...initial.input, report } };
const warning = { type: 'diagnostic.warning', url: 'x', message: 'deleting' } as Row['on'] & object;
const abortLink = { type: 'abort' };
const opened = { type: 'connection.opened' };
/** Where the lifecycle stood is missing: a pure transition has no children to look at, and none to abort. */
const silent = {
  code: 'CONNECTION_SILENT',
  details: { url: 'https://example.com/admin', state: '', ms: 10_000 },
};

const rows: Row[] = [
  {
    in: 'connecting',
    on: 'connection.opened',
    to: 'working',
    tells: [opened, opened, { type: 'remote.opened' }],
  },
  { in: 'connecting', on: 'leave', to: 'cutting', tells: [abortLink] },
  { in: 'connecting', on: failed('peer.broken'), to: 'connecting' },
  { in: 'working', on: 'peer.busy', to: 'working', tells: [{ type: 'peer.busy' }] },
  { in: 'working', on: 'peer.idle', to: 'working', tells: [{ type: 'peer.idle' }] },
  { in: 'working', on: 'abort', to: 'cutting', tells: [abortLink] },
  {
    in: 'working',
    given: reported,
    on: failed('request.exhausted'),
    to: 'lost',
    and: { failure },
    tells: [
      { type: 'remote.lost', failure },
      { type: 'end.lost', failure },
    ],
  },
  { in: 'connecting', on: lost, to: 'lost', tells: [{ type: 'remote.lost', failure: silent }] },
  { in: 'connecting', given: reported, on: warning, to: 'connecting', tells: [warning, warning] },
  { in: 'connecting', on: warning, to: 'connecting', tells: [warning] },
  { in: 'working', on: failed('request.exhausted'), to: 'lost', and: { failure } },
  { in: 'working', on: failed('peer.broken'), to: 'lost', and: { failure } },
  { in: 'working', on: 'leave', to: 'closing', tells: [{ type: 'connection.close' }] },
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
