import { connectionMachine } from '../../../machines/connection.machine.js';
import { defaultConnectionOptions } from '../../../src/protocol/connection-options.js';
import { given, type Row } from '../../support/chart-rows.js';
import { describeTable } from '../../support/chart-suite.js';

const initial = { options: defaultConnectionOptions, report: null, peerIsBusy: false, end: null };
const closed = { type: 'socket.closed', closeCode: 1001, reason: 'bye' };
const refused = { type: 'socket.refused', code: 'FORBIDDEN', details: { status: 403 } };
const closedEnd = { code: 'CONNECTION_CLOSED', details: { closeCode: 1001, reason: 'bye' } };
const tooLong = { type: 'socket.closed', closeCode: 1009, reason: '', longest: 70_000 };
const tooLongEnd = { code: 'MESSAGE_TOO_LONG', details: { closeCode: 1009, reason: '', bytes: 70_000 } };
const lost = (end: object) => ({ type: 'connection.lost', ...end });
/** There is somebody who is told what is emitted, too: everything comes twice. */
const reported = { report: { send() {}, sessionId: 'x:1', getSnapshot: () => ({ status: 'active' }) } };
const twice = (event: object) => [event, event];
const silence = (ms: number) => ({ end: { code: 'CONNECTION_SILENT', details: { ms } } });

const rows: Row[] = [
  {
    ...given({ options: defaultConnectionOptions }),
    to: 'connecting',
    and: initial,
    starts: [{ src: 'socket', id: 'socket' }],
    waits: [30_000],
  },
  { ...given({ options: defaultConnectionOptions, ...reported }), to: 'connecting', and: reported },
  {
    in: 'connecting',
    on: 'socket.opened',
    to: 'open.lively',
    tells: [{ type: 'connection.opened' }],
    waits: [3_000],
  },
  {
    in: 'connecting',
    given: reported,
    on: 'socket.opened',
    to: 'open.lively',
    tells: twice({ type: 'connection.opened' }),
  },
  { in: 'connecting', given: reported, on: closed, to: 'lost', tells: twice(lost(closedEnd)) },
  {
    in: 'connecting',
    on: refused,
    to: 'lost',
    and: { end: { code: 'FORBIDDEN', details: { status: 403 } } },
    tells: [lost({ code: 'FORBIDDEN', details: { status: 403 } })],
    ends: { code: 'FORBIDDEN', details: { status: 403 } },
  },
  { in: 'connecting', on: closed, to: 'lost', and: { end: closedEnd } },
  // Cut as a dead line is: the socket then says that it is closed, and that is a loss.
  ...['connecting', 'open.lively', 'open.probing', 'open.lastLook'].map(
    (state): Row => ({ in: state, on: 'connection.cut', to: state, tells: [{ type: 'socket.terminate' }] }),
  ),
  { in: 'closing', on: 'connection.cut', to: 'closing', does: [] },
  {
    in: 'connecting',
    on: { type: 'socket.closed', closeCode: 1006, reason: '' } as Row['on'],
    to: 'lost',
    and: { end: { code: 'CONNECTION_CLOSED', details: { closeCode: 1006, reason: '' } } },
  },
  {
    in: 'connecting',
    on: 'connection.close',
    to: 'cutting',
    tells: [{ type: 'socket.terminate' }],
    waits: [2_000],
  },
  {
    in: 'connecting',
    on: 'after.connectTimeout',
    to: 'lost',
    and: { end: { code: 'CONNECT_TIMEOUT', details: { ms: 30_000 } } },
    tells: [lost({ code: 'CONNECT_TIMEOUT', details: { ms: 30_000 } })],
  },
  { in: 'connecting', on: 'socket.alive', to: 'connecting' },
  {
    in: 'open.lively',
    on: 'after.livelyTime',
    to: 'open.probing',
    tells: [{ type: 'socket.probe' }],
    waits: [6_000],
  },
  {
    in: 'open.lively',
    given: { peerIsBusy: true },
    on: 'after.livelyTime',
    to: 'open.probing',
    waits: [176_000],
  },
  {
    in: 'open.lively',
    given: { peerIsBusy: true, options: { ...defaultConnectionOptions, busyTimeout: 1_000 } },
    on: 'after.livelyTime',
    to: 'open.probing',
    waits: [0],
  },
  { in: 'open.lively', on: 'socket.alive', to: 'open.lively' },
  { in: 'open.probing', on: 'socket.alive', to: 'open.lively' },
  { in: 'open.probing', on: 'after.patience', to: 'open.lastLook', tells: [], waits: [1_000] },
  { in: 'open.lastLook', on: 'socket.alive', to: 'open.lively' },
  { in: 'open.lastLook', on: 'after.lastLookTime', to: 'lost', and: silence(10_000) },
  {
    in: 'open.lastLook',
    given: { peerIsBusy: true },
    on: 'after.lastLookTime',
    to: 'lost',
    and: silence(180_000),
  },
  ...['open.lively', 'open.probing', 'open.lastLook'].flatMap((state): Row[] => [
    { in: state, on: closed, to: 'lost', and: { end: closedEnd } },
    { in: state, on: refused, to: 'lost', and: { end: { code: 'FORBIDDEN', details: { status: 403 } } } },
    { in: state, on: tooLong, to: 'lost', and: { end: tooLongEnd } },
    {
      in: state,
      on: 'connection.close',
      to: 'closing',
      tells: [{ type: 'socket.close', closeCode: 1000, reason: '' }],
      waits: [2_000],
    },
    {
      in: state,
      on: { type: 'connection.close', closeCode: 4008, reason: 'SESSION_IDLE' } as Row['on'],
      to: 'closing',
      tells: [{ type: 'socket.close', closeCode: 4008, reason: 'SESSION_IDLE' }],
    },
    { in: state, on: 'peer.busy', to: 'open.lively', and: { peerIsBusy: true }, waits: [3_000] },
    {
      in: state,
      given: { peerIsBusy: true },
      on: 'peer.idle',
      to: 'open.lively',
      and: { peerIsBusy: false },
    },
  ]),
  {
    in: 'closing',
    on: closed,
    to: 'closed',
    and: { end: null },
    tells: [{ type: 'connection.closed' }],
    ends: null,
  },
  { in: 'closing', given: reported, on: closed, to: 'closed', tells: twice({ type: 'connection.closed' }) },
  { in: 'closing', on: 'after.closeTimeout', to: 'cutting', tells: [{ type: 'socket.terminate' }] },
  { in: 'closing', on: 'peer.busy', to: 'closing', and: { peerIsBusy: false } },
  { in: 'cutting', on: closed, to: 'closed', and: { end: null }, tells: [{ type: 'connection.closed' }] },
  { in: 'cutting', on: 'after.closeTimeout', to: 'closed' },
  ...['connecting', 'open.lively', 'open.probing', 'open.lastLook', 'closing'].map(
    (state): Row => ({
      in: state,
      on: 'abort',
      to: 'cutting',
      tells: [{ type: 'socket.terminate' }],
      waits: [2_000],
    }),
  ),
  // Aborted twice: the socket is cut once.
  { in: 'cutting', on: 'abort', to: 'cutting', does: [] },
];

describeTable(connectionMachine, initial, rows);
