import type { ActorState, OpenMessage, RunningDelay } from '../../../inspect/state.js';
import { endsOf, type Found, hostOf, mainOf, numbersIn, objectIn, runs, textIn } from './ends.js';
import { isPaused, phaseName, phaseOf } from './phases.js';
import { counted, spanText } from './text.js';
import type { View } from './timeline.js';

/** A wait that a person wants to know of. */
export interface Stall {
  /** `slow`: it may take long and that is no fault. `silent`: nothing comes, and that is one if it lasts. */
  readonly level: 'slow' | 'silent';
  /** `no bytes from 127.0.0.1:1337 for 6 s`. */
  readonly words: string;
  /** `waiting for 8 × entities.stream, the oldest for 6 s`. Empty if nothing is waited for. */
  readonly waiting: string;
  /** Milliseconds until the transfer gives up by itself; null if it waits for ever. */
  readonly givesUpIn: number | null;
  readonly todo: string;
}

/** Shorter waits are no news. Milliseconds. */
const longEnough = 5000;

/** What the transfer waits for at a moment; null while all goes well. `now`: milliseconds since the epoch. */
export function stallOf(views: readonly View[], now: number): Stall | null {
  const main = mainOf(views);
  const step = main?.actor.step ?? null;
  if (main === null || step === null || step.status !== 'active' || isPaused(step.value)) return null;
  return silence(main, now) ?? longAnswer(main, now) ?? longBatch(main, now) ?? longWork(main, now);
}

const within = ({ view, actor }: Found) =>
  view.state.actors.filter((one) => one.actor.root === actor.actor.root);

const delayOf = ({ delays }: ActorState, name: string): RunningDelay | undefined =>
  delays.find(({ delay }) => delay === name);

const peerOf = (main: Found): string => {
  const { verb, url } = endsOf(main);
  return verb === 'Session' ? 'the client' : url === '' ? 'the other end' : hostOf(url);
};

/** A connection that has pinged its peer, and hears nothing. */
function silence(main: Found, now: number): Stall | null {
  const { view } = main;
  for (const connection of within(main)) {
    if (!runs(connection.actor, 'connection')) continue;
    const patience = delayOf(connection, 'patience');
    const lastLook = delayOf(connection, 'lastLookTime');
    const running = patience ?? lastLook;
    if (running === undefined) continue;
    const options = numbersIn(objectIn(objectIn(connection.actor.input)['options']));
    const heartbeat = options['heartbeatTimeout'] ?? 10_000;
    const isBusy = connection.step?.context?.['peerIsBusy'] === true;
    const whole = isBusy ? (options['busyTimeout'] ?? 180_000) : heartbeat;
    const ends =
      view.history.epoch + running.since + running.ms + (patience === undefined ? 0 : 0.1 * heartbeat);
    const began = Math.max(ends - whole, lastHeard(view, connection));
    const probes = patience === undefined ? heartbeat : now - (view.history.epoch + running.since);
    if (probes < 0.1 * heartbeat || now - began < Math.min(longEnough, 0.4 * heartbeat)) continue;
    const peer = remoteOf(main, connection);
    const waiting = waitingWords(openAt(main), view, now);
    const givesUpIn = Math.max(0, ends - now);
    if (isBusy) {
      return {
        level: 'slow',
        words: `${peer} works, and answers no ping until it is done: ${spanText(now - began)} so far`,
        waiting,
        givesUpIn,
        todo: 'A Strapi says nothing while it clears or closes: wait. Its log tells what it does.',
      };
    }
    return {
      level: 'silent',
      words: `no bytes from ${peer} for ${spanText(now - began)}`,
      waiting,
      givesUpIn,
      todo: `Check that ${peer} runs (is its process busy, stopped, out of memory?) and that the network reaches it.`,
    };
  }
  return null;
}

/** A message that came later than the ping is a sign of life too. Milliseconds since the epoch. */
function lastHeard(view: View, connection: ActorState): number {
  const heard = view.state.actors.filter(
    ({ actor, step }) =>
      actor.root === connection.actor.root && runs(actor, 'dispatcher') && step?.event === 'answer.received',
  );
  return view.history.epoch + Math.max(0, ...heard.map(({ step }) => step?.ms ?? 0));
}

/** The host that a connection leads to: a transfer can have two. */
function remoteOf(main: Found, connection: ActorState): string {
  const parent = main.view.state.actors.find(({ actor }) => actor.actor === connection.actor.parent);
  const url = textIn(objectIn(parent?.actor.input)['url']);
  return url === '' ? peerOf(main) : hostOf(url);
}

/** Messages of this end's that wait for their answers, the oldest first. */
function openAt({ view, actor }: Found): readonly OpenMessage[] {
  const { side } = actor.actor;
  return view.state.open
    .filter(({ began }) => began.at === side && began.asker === side)
    .sort((a, b) => a.began.ms - b.began.ms);
}

function waitingWords(open: readonly OpenMessage[], view: View, now: number): string {
  const [oldest] = open;
  if (oldest === undefined) return '';
  const kinds = new Map<string, number>();
  for (const { began } of open) kinds.set(began.kind, (kinds.get(began.kind) ?? 0) + 1);
  const list = [...kinds].map(([kind, count]) => (count === 1 ? kind : `${count} × ${kind}`)).join(', ');
  const age = spanText(now - view.history.epoch - oldest.began.ms);
  return `waiting for ${list}, ${open.length === 1 ? 'asked' : 'the oldest asked'} ${age} ago`;
}

/** The connection is alive, an answer is missing. */
function longAnswer(main: Found, now: number): Stall | null {
  const { view } = main;
  const open = openAt(main);
  const [oldest] = open;
  if (oldest === undefined) return null;
  const age = now - view.history.epoch - oldest.began.ms;
  if (age < longEnough) return null;
  const lane = within(main).find(
    ({ actor, step }) =>
      runs(actor, 'dispatcher') && objectIn(step?.context?.['request'])['uuid'] === oldest.began.uuid,
  );
  const running = lane === undefined ? undefined : delayOf(lane, 'retryMessageTimeout');
  const again = running === undefined ? null : view.history.epoch + running.since + running.ms - now;
  const { retries } = oldest;
  const given = numbersIn(objectIn(objectIn(lane?.actor.input)['retryMessageOptions']));
  const most = given['retryMessageMaxRetries'] ?? 0;
  const timeout = running?.ms ?? given['retryMessageTimeout'] ?? 0;
  const givesUpIn = again === null ? null : Math.max(0, again) + Math.max(0, most - retries) * timeout;
  const peer = peerOf(main);
  const resends = retries === 0 ? '' : `, sent again ${counted(retries, 'time')}`;
  return {
    level: 'slow',
    words: `${peer} is alive, and has not answered ${oldest.began.kind} for ${spanText(age)}${resends}`,
    waiting: waitingWords(open, view, now),
    givesUpIn,
    todo: `Wait, or look into the log of ${peer}.`,
  };
}

/** A pull whose next batch is due. */
function longBatch(main: Found, now: number): Stall | null {
  const { view } = main;
  for (const lifecycle of within(main)) {
    const running = runs(lifecycle.actor, 'lifecycle') ? delayOf(lifecycle, 'batchTimeout') : undefined;
    if (running === undefined || lifecycle.actor.side !== 'client') continue;
    const age = now - view.history.epoch - running.since;
    if (age < longEnough || objectIn(lifecycle.actor.input)['direction'] !== 'pull') continue;
    const peer = peerOf(main);
    return {
      level: 'slow',
      words: `${peer} is alive, and has sent no batch for ${spanText(age)}`,
      waiting: `waiting for the next batch of ${textIn(lifecycle.step?.context?.['step'])}`,
      givesUpIn: Math.max(0, running.ms - age),
      todo: `Wait, or look into the log of ${peer}.`,
    };
  }
  return null;
}

/** Nothing is asked of a server: this machine's own end takes its time. */
function longWork(main: Found, now: number): Stall | null {
  const { view, actor } = main;
  if (!runs(actor.actor, 'transfer') || actor.step === null) return null;
  const stage = within(main).findLast((one) => runs(one.actor, 'stage') && one.step?.status === 'active');
  if (stage !== undefined && delayOf(stage, 'throttle') !== undefined) return null;
  const since = Math.max(actor.step.ms, stage?.step?.ms ?? 0);
  const age = now - view.history.epoch - since;
  if (age < longEnough) return null;
  const phase = phaseOf(actor.step.value);
  return {
    level: 'slow',
    words: `nothing has moved for ${spanText(age)}`,
    waiting:
      stage === undefined
        ? `at work: ${phaseName(phase)}`
        : `waiting for the source or the destination of ${phase} on this machine`,
    givesUpIn: null,
    todo: 'Wait, or look at the disk and the database that this end reads and writes.',
  };
}
