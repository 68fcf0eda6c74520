import type { InspectionRecord, Side } from '../../../inspect/records.js';
import type { Entries, Entry } from './entries.js';
import { isStageStep, toneOf } from './news.js';
import { lineOf } from './text.js';

export type RecordType = InspectionRecord['type'];
/** What the log can be filtered by: types of records, and two that go across them. */
export type LogType = RecordType | 'stage' | 'error';

export interface LogFilter {
  /** Words that must all be in a line. */
  readonly search: string;
  readonly types: ReadonlySet<LogType>;
  readonly side: Side | null;
  /** Also shows the signs of life of an idle connection. */
  readonly heartbeats: boolean;
  /** Shows only this actor, `reporter/actor`. */
  readonly actor: string | null;
}

export const logTypes: readonly LogType[] = ['message', 'error', 'stage', 'step', 'event', 'actor'];
/** What a person wants to read first; the rest is one click away. */
export const firstTypes: readonly LogType[] = ['message', 'error', 'stage'];
/** Types that no filter hides. */
const always: readonly RecordType[] = ['dropped', 'end'];

/** The searchable texts of the entries that a search has visited. */
const texts = new WeakMap<Entry, string>();

function textOf(entry: Entry): string {
  let text = texts.get(entry);
  if (text === undefined) {
    const { who, side, title, detail } = lineOf(entry);
    const { record } = entry;
    const type = record.type === 'event' ? record.event.type : record.type === 'step' ? record.event : '';
    const uuid = record.type === 'message' ? record.uuid : '';
    text = `${record.type} ${side ?? ''} ${who} ${title} ${detail} ${type} ${uuid}`.toLowerCase();
    texts.set(entry, text);
  }
  return text;
}

/** A heartbeat, which comes every few seconds on an idle connection. */
function isHeartbeat(record: InspectionRecord): boolean {
  const type = record.type === 'event' ? record.event.type : record.type === 'step' ? record.event : '';
  return /^(socket\.(alive|probe)$|xstate\.after\.livelyTime\.)/.test(type);
}

/** How far a filter has read the entries. */
interface Walk {
  readonly filter: LogFilter;
  readonly places: number[];
  next: number;
}

const walks = new WeakMap<Entries, Walk>();

const isSame = (one: LogFilter, other: LogFilter) =>
  one.search === other.search &&
  one.types === other.types &&
  one.side === other.side &&
  one.heartbeats === other.heartbeats &&
  one.actor === other.actor;

/**
 * Places in `entries` of those that a filter lets through. When entries were added or the oldest dropped, it goes on
 * from its last result, and changes that list.
 */
export function filterLog(entries: Entries, filter: LogFilter): readonly number[] {
  let walk = walks.get(entries);
  if (walk === undefined || !isSame(walk.filter, filter)) {
    walk = { filter, places: [], next: entries.first };
    walks.set(entries, walk);
  }
  const words = filter.search.toLowerCase().split(/\s+/).filter(Boolean);
  const { places } = walk;
  places.splice(0, lastUpTo(places, entries.first - 1) + 1);
  for (walk.next = Math.max(walk.next, entries.first); walk.next <= entries.last; walk.next += 1) {
    const place = walk.next;
    const entry = entries.at(place);
    if (entry === undefined) continue;
    const { record, history } = entry;
    if (!isWanted(entry, filter.types)) continue;
    if (!filter.heartbeats && isHeartbeat(record)) continue;
    const actor = 'actor' in record ? record.actor : null;
    if (filter.actor !== null && `${history.name}/${actor}` !== filter.actor) continue;
    if (filter.side !== null && actor !== null && lineOf(entry).side !== filter.side) continue;
    if (words.length > 0) {
      const text = textOf(entry);
      if (!words.every((word) => text.includes(word))) continue;
    }
    places.push(place);
  }
  return places;
}

function isWanted(entry: Entry, types: ReadonlySet<LogType>): boolean {
  const { record } = entry;
  if (always.includes(record.type)) return true;
  // That a frame has left is a detail of the message that was sent.
  const isDetail = record.type === 'message' && record.phase === 'sent';
  if (types.has(record.type) && (!isDetail || types.has('event'))) return true;
  if (types.has('error') && toneOf(record) !== '' && toneOf(record) !== 'good') return true;
  return types.has('stage') && isStageStep(entry);
}

/** Index of the last place up to a given one; -1 if all come after it. */
export function lastUpTo(places: readonly number[], place: number): number {
  let [low, high] = [0, places.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((places[middle] ?? 0) <= place) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
