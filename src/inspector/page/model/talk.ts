import { type Arrow, type Exchange, isWaiting } from './exchanges.js';

/** A line of the conversation: an arrow, or a run of uneventful ones. */
export type TalkLine = { readonly arrow: Arrow } | { readonly group: Group };

/** Messages of one kind one after the other, and their answers, all without an event. */
export interface Group {
  readonly kind: string;
  readonly first: Arrow;
  readonly last: Arrow;
  readonly arrows: readonly Arrow[];
  readonly messages: number;
  readonly bytes: number;
  /** Milliseconds. */
  readonly fastest: number;
  readonly slowest: number;
}

/** A shorter run stays as it is. */
const shortest = 6;

const isStream = ({ kind }: Exchange) => kind.endsWith('.stream') || kind.endsWith('.batch');

/** Nothing that a person looks for: no error, no resend, and the answer has come. */
const isQuiet = ({ type, exchange, error }: Arrow, place: number) =>
  (type === 'message' || type === 'answer') &&
  error === null &&
  exchange.resends.length === 0 &&
  !exchange.hasFailed &&
  !isWaiting(exchange, place);

/**
 * The first `shown` arrows, streams in groups.
 * @param opened places of the first arrows of groups that are to be shown whole
 */
export function talkOf(
  arrows: readonly Arrow[],
  shown: number,
  place: number,
  opened: ReadonlySet<number>,
): readonly TalkLine[] {
  const lines: TalkLine[] = [];
  let run: Arrow[] = [];
  const end = () => {
    const [first] = run;
    if (first !== undefined && run.length >= shortest && !opened.has(first.place))
      lines.push({ group: groupOf(first, run) });
    else lines.push(...run.map((arrow) => ({ arrow })));
    run = [];
  };
  for (let index = 0; index < shown; index += 1) {
    const arrow = arrows[index];
    if (arrow === undefined) break;
    const belongs = isStream(arrow.exchange) && isQuiet(arrow, place);
    if (!belongs || (run[0] !== undefined && run[0].exchange.kind !== arrow.exchange.kind)) end();
    if (belongs) run.push(arrow);
    else lines.push({ arrow });
  }
  end();
  return lines;
}

function groupOf(first: Arrow, arrows: readonly Arrow[]): Group {
  const sent = arrows.filter(({ type }) => type === 'message');
  const trips = arrows.flatMap(({ type, exchange }) =>
    type === 'answer' && exchange.roundTrip !== null ? [exchange.roundTrip] : [],
  );
  return {
    kind: first.exchange.kind,
    first,
    last: arrows.at(-1) ?? first,
    arrows,
    messages: sent.length,
    bytes: sent.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0),
    fastest: Math.min(...trips),
    slowest: Math.max(...trips),
  };
}

/** What a line stands for: the places from the first of its arrows to the last. */
export const lineSpan = (line: TalkLine): readonly [number, number] =>
  'arrow' in line ? [line.arrow.place, line.arrow.place] : [line.group.first.place, line.group.last.place];

/** The conversation in numbers, up to a moment. */
export interface TalkSummary {
  readonly messages: number;
  /** Milliseconds; null if nothing was answered. */
  readonly median: number | null;
  /** The answer that took longest. */
  readonly slowest: Arrow | null;
  readonly resent: number;
  readonly failed: number;
  /** Kinds of messages whose answers are pending, and how many of each. */
  readonly waiting: readonly string[];
}

export function summaryOf(arrows: readonly Arrow[], shown: number, place: number): TalkSummary {
  const waiting = new Map<string, number>();
  const trips: number[] = [];
  let [messages, resent, failed] = [0, 0, 0];
  let slowest: Arrow | null = null;
  for (let index = 0; index < shown; index += 1) {
    const arrow = arrows[index];
    if (arrow === undefined) break;
    const { type, exchange, error } = arrow;
    if (type === 'message') {
      messages += 1;
      if (isWaiting(exchange, place)) waiting.set(exchange.kind, (waiting.get(exchange.kind) ?? 0) + 1);
    } else if (type === 'resend') resent += 1;
    else {
      if (type === 'failure' || error !== null) failed += 1;
      if (type === 'answer' && exchange.roundTrip !== null) {
        trips.push(exchange.roundTrip);
        if (exchange.roundTrip > (slowest?.exchange.roundTrip ?? -1)) slowest = arrow;
      }
    }
  }
  trips.sort((a, b) => a - b);
  return {
    messages,
    median: trips[trips.length >> 1] ?? null,
    slowest,
    resent,
    failed,
    waiting: [...waiting].map(([kind, count]) => (count === 1 ? kind : `${count} × ${kind}`)),
  };
}

/** Whether a person who looks for what went wrong stops here: an error, a message sent again or given up. */
const isProblem = ({ type, error }: Arrow): boolean =>
  type === 'failure' || type === 'resend' || error !== null;

/** The next problem behind a place; from the last one on, the first. */
export function problemAfter(arrows: readonly Arrow[], place: number): Arrow | undefined {
  return arrows.find((arrow) => arrow.place > place && isProblem(arrow)) ?? arrows.find(isProblem);
}
