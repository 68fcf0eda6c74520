import type { ActorRecord, Json } from '../../../inspect/records.js';
import type { ActorState } from '../../../inspect/state.js';
import type { View } from './timeline.js';

/** An actor, and the process that it runs in. */
export interface Found {
  readonly view: View;
  readonly actor: ActorState;
}

/** Whether an actor runs a chart, or a variant of it: `lifecycle~2` is a lifecycle. */
export const runs = ({ machine }: ActorRecord, chart: string): boolean =>
  machine === chart || machine?.startsWith(`${chart}~`) === true;

/** The transfer that began last; without one, the session of a server that began last. */
export function mainOf(views: readonly View[]): Found | null {
  return lastRoot(views, 'transfer') ?? lastRoot(views, 'session');
}

function lastRoot(views: readonly View[], chart: string): Found | null {
  let last: Found | null = null;
  for (const view of views) {
    const actor = view.state.actors.findLast((one) => runs(one.actor, chart));
    if (actor === undefined) continue;
    if (last === null || beganAt({ view, actor }) > beganAt(last)) last = { view, actor };
  }
  return last;
}

/** Milliseconds since the epoch. */
export const beganAt = ({ view, actor }: Found): number => view.history.epoch + actor.actor.ms;

export const objectIn = (json: Json | undefined): Readonly<Record<string, Json>> =>
  typeof json === 'object' && json !== null && !Array.isArray(json)
    ? (json as Readonly<Record<string, Json>>)
    : {};

export const textIn = (json: Json | undefined): string => (typeof json === 'string' ? json : '');

export const numbersIn = (json: Json | undefined): Readonly<Record<string, number | undefined>> =>
  Object.fromEntries(
    Object.entries(objectIn(json)).filter((one): one is [string, number] => typeof one[1] === 'number'),
  );

/** The host of an address, for people. */
export function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}

export interface Ends {
  readonly verb: 'Push' | 'Pull' | 'Transfer' | 'Copy' | 'Session';
  /** `Push to 127.0.0.1:1337`. */
  readonly words: string;
  /** The address of the server that the client is connected to; empty if there is none. */
  readonly url: string;
}

/** What moves from where to where, as far as the records tell: of folders and archives they never name the path. */
export function endsOf({ actor: { actor } }: Found): Ends {
  const input = objectIn(actor.input);
  const [from, to] = [
    textIn(objectIn(input['source'])['url']),
    textIn(objectIn(input['destination'])['url']),
  ];
  if (runs(actor, 'session')) {
    const direction = textIn(input['direction']);
    const words = direction === 'pull' ? 'A pull from this server' : 'A push to this server';
    return { verb: 'Session', words, url: '' };
  }
  if (from !== '' && to !== '') {
    return { verb: 'Transfer', words: `Transfer from ${hostOf(from)} to ${hostOf(to)}`, url: to };
  }
  if (to !== '') return { verb: 'Push', words: `Push to ${hostOf(to)}`, url: to };
  if (from !== '') return { verb: 'Pull', words: `Pull from ${hostOf(from)}`, url: from };
  return { verb: 'Copy', words: 'Copy between folders or archives', url: '' };
}
