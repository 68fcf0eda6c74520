import type { InspectionRecord, Side } from '../../records.js';
import type { Entries, Entry } from './entries.js';
import { lineOf } from './text.js';

export type RecordType = InspectionRecord['type'];

export interface LogFilter {
  /** Words that all have to be in a line. */
  readonly search: string;
  readonly types: ReadonlySet<RecordType>;
  readonly side: Side | null;
  /** Signs of life of a link that is idle, too. */
  readonly heartbeats: boolean;
  /** Only of this actor, `reporter/actor`. */
  readonly actor: string | null;
}

export const logTypes: readonly RecordType[] = ['step', 'event', 'message', 'actor'];
/** What a log without them would be silent about. */
const always: readonly RecordType[] = ['dropped', 'end'];

/** What can be searched, of the entries that somebody has searched in. */
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

/** One every few seconds, for as long as nobody says anything. */
function isHeartbeat(record: InspectionRecord): boolean {
  const type = record.type === 'event' ? record.event.type : record.type === 'step' ? record.event : '';
  return /^(socket\.(alive|probe)$|xstate\.after\.livelyTime\.)/.test(type);
}

/** How far the entries were read with a filter. */
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
 * Places in `entries` of those that a filter lets through. When the entries have grown, or lost their oldest, it goes on
 * from where it was: what it gave then changes with it.
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
    if (!filter.types.has(record.type) && !always.includes(record.type)) continue;
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

/** Index of the last of the places up to one; -1 where all come after it. */
export function lastUpTo(places: readonly number[], place: number): number {
  let [low, high] = [0, places.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((places[middle] ?? 0) <= place) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
