import { connectionMachine } from '../../../machines/connection.machine.js';
import { defaultLinkOptions } from '../../../src/protocol/link.js';
import type { Row } from '../../support/chart-rows.js';
import { describeTable } from '../../support/chart-suite.js';

const initial = { options: defaultLinkOptions, report: null, peerIsBusy: false, end: null };
const closed = { type: 'socket.closed', closeCode: 1001, reason: 'bye' };
const refused = { type: 'socket.refused', code: 'FORBIDDEN', details: { status: 403 } };
const closedEnd = { code: 'CONNECTION_CLOSED', details: { closeCode: 1001, reason: ': bye' } };
const silence = (ms: number) => ({ end: { code: 'CONNECTION_SILENT', details: { ms } } });

const rows: Row[] = [
  { in: 'connecting', on: 'socket.opened', to: 'open.lively' },
  {
    in: 'connecting',
    on: refused,
    to: 'lost',
    and: { end: { code: 'FORBIDDEN', details: { status: 403 } } },
  },
  { in: 'connecting', on: closed, to: 'lost', and: { end: closedEnd } },
  { in: 'connecting', on: 'connection.close', to: 'cutting' },
  // Cut as a dead line is: the socket then says that it is closed, and that is a loss.
  ...['connecting', 'open.lively', 'open.probing', 'open.lastLook'].map(
    (state): Row => ({ in: state, on: 'connection.cut', to: state, does: ['xstate.sendTo'] }),
  ),
  { in: 'closing', on: 'connection.cut', to: 'closing', does: [] },
  {
    in: 'connecting',
    on: 'after.connectTimeout',
    to: 'lost',
    and: { end: { code: 'CONNECT_TIMEOUT', details: { ms: 30_000 } } },
  },
  { in: 'connecting', on: 'socket.alive', to: 'connecting' },
  { in: 'open.lively', on: 'after.livelyTime', to: 'open.probing' },
  { in: 'open.lively', on: 'socket.alive', to: 'open.lively' },
  { in: 'open.probing', on: 'socket.alive', to: 'open.lively' },
  { in: 'open.probing', on: 'after.patience', to: 'open.lastLook' },
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
    { in: state, on: 'connection.close', to: 'closing' },
    { in: state, on: 'peer.busy', to: 'open.lively', and: { peerIsBusy: true } },
    {
      in: state,
      given: { peerIsBusy: true },
      on: 'peer.idle',
      to: 'open.lively',
      and: { peerIsBusy: false },
    },
  ]),
  { in: 'closing', on: closed, to: 'closed', and: { end: null } },
  { in: 'closing', on: 'after.closeTimeout', to: 'cutting' },
  { in: 'closing', on: 'peer.busy', to: 'closing', and: { peerIsBusy: false } },
  { in: 'cutting', on: closed, to: 'closed', and: { end: null } },
  { in: 'cutting', on: 'after.closeTimeout', to: 'closed' },
  ...['connecting', 'open.lively', 'open.probing', 'open.lastLook', 'closing'].map(
    (state): Row => ({ in: state, on: 'abort', to: 'cutting' }),
  ),
  // Aborted twice: the socket is cut once.
  { in: 'cutting', on: 'abort', to: 'cutting', does: [] },
];

describeTable(connectionMachine, initial, rows);
