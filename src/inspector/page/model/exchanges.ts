import type { MessageRecord, Side } from '../../../inspect/records.js';
import type { Entries } from './entries.js';

/** An arrow of the sequence diagram. */
export interface Arrow {
  /** Its place in `entries`. */
  readonly place: number;
  readonly at: number;
  /** `failure`: the end that asked has given up. Nothing came from the other. */
  readonly type: 'message' | 'resend' | 'answer' | 'failure';
  /** The end at which it begins. */
  readonly from: Side;
  readonly exchange: Exchange;
  readonly bytes: number | null;
  readonly error: string | null;
}

/** A message and its answer. */
export interface Exchange {
  readonly uuid: string;
  readonly kind: string;
  readonly asker: Side;
  /** When it was sent. */
  readonly at: number;
  /** Place of the answer in `entries`; null while it is pending. */
  answeredAt: number | null;
  /** Milliseconds from sending to the answer. */
  roundTrip: number | null;
  /** Ended without an answer, or with an error. */
  hasFailed: boolean;
  readonly resends: number[];
  /** Place in `entries` where the other end received it, and how many milliseconds later. */
  received: { readonly place: number; readonly after: number } | null;
}

/** The arrows of all messages, in order, as the end that asks reports them, or the other if only that one reports. */
export function arrowsOf(entries: Entries): readonly Arrow[] {
  const told = new Set<string>();
  for (const { record } of entries) {
    if (record.type === 'message' && record.at === record.asker) told.add(record.uuid);
  }
  const exchanges = new Map<string, Exchange>();
  const arrows: Arrow[] = [];
  let place = entries.first - 1;
  for (const { record, at } of entries) {
    place += 1;
    if (record.type !== 'message') continue;
    const isTeller = record.at === record.asker || !told.has(record.uuid);
    const exchange = exchanges.get(record.uuid);
    if (!isTeller) {
      if (record.phase === 'received' && exchange !== undefined) {
        exchange.received ??= { place, after: Math.max(0, at - exchange.at) };
      }
      continue;
    }
    const arrow = arrowFor(record, place, at, exchange, exchanges);
    if (arrow !== null) arrows.push(arrow);
  }
  return arrows;
}

function arrowFor(
  record: MessageRecord,
  place: number,
  at: number,
  known: Exchange | undefined,
  exchanges: Map<string, Exchange>,
): Arrow | null {
  const { uuid, kind, asker, phase, bytes = null, error = null } = record;
  if (phase === 'sent') return null;
  let exchange = known;
  const isResend = phase === 'resending' || record.again === true;
  if (exchange === undefined) {
    exchange = {
      uuid,
      kind,
      asker,
      at,
      answeredAt: null,
      roundTrip: null,
      hasFailed: false,
      resends: [],
      received: null,
    };
    exchanges.set(uuid, exchange);
  }
  const shape = { place, at, exchange, bytes, error };
  if (phase === 'sending' || phase === 'received' || phase === 'resending') {
    if (isResend) exchange.resends.push(place);
    return { ...shape, type: isResend ? 'resend' : 'message', from: asker };
  }
  exchange.answeredAt = place;
  exchange.hasFailed = phase === 'failed' || error !== null;
  exchange.roundTrip = record.took ?? at - exchange.at;
  if (phase === 'failed') return { ...shape, type: 'failure', from: asker };
  return { ...shape, type: 'answer', from: asker === 'client' ? 'server' : 'client' };
}

export const isWaiting = ({ answeredAt }: Exchange, place: number) =>
  answeredAt === null || answeredAt > place;
