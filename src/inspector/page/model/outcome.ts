import type { JsonObject } from '../../../inspect/records.js';
import { beganAt, type Ends, endsOf, type Found, hostOf, mainOf, objectIn, runs, textIn } from './ends.js';
import { type Detail, errorWords } from './error-words.js';
import { type Band, doingIn, isAfterwards, isPaused, lastWorked, phaseNoun, phaseOf } from './phases.js';
import { type Stall, stallOf } from './stall.js';
import { spanText } from './text.js';
import type { View } from './timeline.js';

/** How a transfer stands: what the first line of the page, the title of its tab and its colours say. */
export type Standing =
  | 'nothing'
  | 'running'
  | 'paused'
  | 'slow'
  | 'silent'
  | 'completed'
  | 'failed'
  | 'aborted'
  /** The records end before the transfer does: its process is gone, or the recording was cut off. */
  | 'brokenOff';

/** What this is, where it stands or how it ended, why, and what to do. */
export interface Outcome {
  readonly standing: Standing;
  /** `Push to 127.0.0.1:1337`. */
  readonly what: string;
  /** `by strapi-ferry 0.1.0`. */
  readonly by: string;
  /** `Failed`. */
  readonly word: string;
  /** `in entities after 10 s: CONNECTION_SILENT`. */
  readonly rest: string;
  readonly why: string;
  readonly todo: string;
  /** Of the browser's tab. */
  readonly title: string;
}

export interface OutcomeInput {
  readonly views: readonly View[];
  readonly bands: readonly Band[];
  /** Place in `entries` of the moment that is shown. */
  readonly place: number;
  /** Milliseconds since the epoch, of the moment that is shown. */
  readonly now: number;
  /** Whether more can come: false for a recording, and for a process that is gone. */
  readonly canGoOn: boolean;
  /** Whether the moment is the last one. */
  readonly isLast: boolean;
  readonly isRecording: boolean;
}

const nothing: Outcome = {
  standing: 'nothing',
  what: '',
  by: '',
  word: 'Waiting',
  rest: 'for a transfer',
  why: 'One that reports here appears at once: run a transfer with --inspect, or open a recording.',
  todo: '',
  title: 'Ferry',
};

/** Whether nothing more can come of what has begun: no transfer runs and no session; without either, no chart at all. */
export function isOver(views: readonly View[]): boolean {
  const actors = views.flatMap(({ state }) => state.actors).filter(({ actor }) => actor.kind === 'machine');
  const mains = actors.filter(({ actor }) => runs(actor, 'transfer') || runs(actor, 'session'));
  const roots = mains.length > 0 ? mains : actors.filter(({ actor }) => actor.parent === null);
  return roots.length > 0 && roots.every(({ step }) => step !== null && step.status !== 'active');
}

export function outcomeOf(input: OutcomeInput): Outcome {
  const main = mainOf(input.views);
  if (main === null) {
    const some = input.views.flatMap(({ state }) => state.actors)[0];
    if (some === undefined) return nothing;
    const name = some.actor.name;
    return {
      ...nothing,
      word: 'Charts',
      rest: `of ${name}`,
      why: 'No transfer among them.',
      title: `${name} · Ferry`,
    };
  }
  const ends = endsOf(main);
  const said = isEnded(main) ? ending(main, input) : going(main, ends, input);
  const by = `by strapi-ferry ${main.view.history.header.version}`;
  return {
    ...said,
    what: ends.words,
    by,
    title: `${marks[said.standing]} ${said.word} ${said.rest} · ${ends.words}`,
  };
}

const isEnded = ({ actor: { step } }: Found) => step !== null && step.status !== 'active';

type Said = Pick<Outcome, 'standing' | 'word' | 'rest' | 'why' | 'todo'>;

/** Signs that stand for themselves in the title of a tab. */
export const marks: Readonly<Record<Standing, string>> = {
  nothing: '',
  running: '▶',
  paused: '❚❚',
  slow: '…',
  silent: '⚠',
  completed: '✓',
  failed: '✕',
  aborted: '■',
  brokenOff: '✕',
};

function ending(main: Found, { bands, place }: OutcomeInput): Said {
  const step = main.actor.step;
  const took = spanText((step?.ms ?? main.actor.actor.ms) - main.actor.actor.ms);
  const failure = objectIn(step?.context?.['failure'] as JsonObject | undefined);
  const code = textIn(failure['code']) || textIn(step?.context?.['failure']);
  const phase = lastWorked(bands, place);
  const where = phase === '' ? '' : `in ${phaseNoun(phase)} `;
  if (code === '') {
    const isSession = runs(main.actor.actor, 'session');
    return {
      standing: 'completed',
      word: isSession ? 'Over' : 'Completed',
      rest: isSession ? `after ${took}` : `in ${took}`,
      why: isSession ? 'The client has closed the connection.' : 'The destination holds the new content.',
      todo: '',
    };
  }
  const words = wordsOf(main, failure, code, phase);
  if (code === 'ABORTED') {
    return {
      standing: 'aborted',
      word: 'Aborted',
      rest: `${where}after ${took}`,
      why: words.why,
      todo: words.todo,
    };
  }
  return { standing: 'failed', word: 'Failed', rest: `${where}after ${took}: ${code}`, ...words };
}

function wordsOf(main: Found, failure: Readonly<Record<string, unknown>>, code: string, phase: string) {
  const details = objectIn(failure['details'] as JsonObject | undefined) as Readonly<Record<string, Detail>>;
  // A person knows the stage, not the state of a lifecycle.
  const { verb, url } = endsOf(main);
  const at = verb === 'Push' || verb === 'Transfer' ? hostOf(url) : 'The destination';
  return errorWords(code, { ...details, at, state: phase === '' ? 'idle' : doingIn(phase) });
}

function going(main: Found, ends: Ends, input: OutcomeInput): Said {
  const { bands, place, now, canGoOn, isLast, isRecording } = input;
  const value = main.actor.step?.value ?? '';
  const phase =
    ends.verb === 'Session' ? (bands.findLast((band) => band.place <= place)?.phase ?? '') : phaseOf(value);
  const age = spanText(now - beganAt(main));
  const doing = phase === '' ? 'waiting for the client' : doingIn(phase);
  if (!canGoOn && isLast) {
    return {
      standing: 'brokenOff',
      word: 'Broken off',
      rest: `while ${doing}, after ${age}`,
      why: isRecording
        ? 'The recording ends here, before the transfer does: it was cut off, or its process was killed.'
        : 'The process is gone without a word: it was killed, or it crashed.',
      todo: 'A server undoes on its own what was not committed. Look at the destination, then run the transfer again.',
    };
  }
  if (isPaused(value)) {
    return {
      standing: 'paused',
      word: 'Paused',
      rest: `before ${phaseNoun(phase)}, ${age} in`,
      why: 'The connections stay up; nothing is asked of either end.',
      todo: 'Resume lets it go on.',
    };
  }
  const code = textIn(objectIn(main.actor.step?.context?.['failure'])['code']);
  if (isAfterwards(phase) && code !== '') {
    const at = lastWorked(bands, place);
    return {
      standing: 'failed',
      word: 'Failing',
      rest: `in ${phaseNoun(at)}: ${code}; ${doing}`,
      ...wordsOf(main, objectIn(main.actor.step?.context?.['failure']), code, at),
    };
  }
  const stall = stallOf(input.views, now);
  if (stall !== null) return stalled(stall, doing);
  return { standing: 'running', word: 'Running', rest: `${doing}, ${age} in`, why: '', todo: '' };
}

function stalled({ level, words, waiting, givesUpIn, todo }: Stall, doing: string): Said {
  const left = Math.ceil((givesUpIn ?? 0) / 1000) * 1000;
  const end = givesUpIn === null ? '' : left === 0 ? 'Gives up now' : `Gives up in ${spanText(left)}`;
  return {
    standing: level,
    word: level === 'silent' ? 'Stalled' : 'Slow',
    rest: `${doing}: ${words}`,
    why: [waiting, end]
      .filter((one) => one !== '')
      .map((one) => `${one.charAt(0).toUpperCase()}${one.slice(1)}.`)
      .join(' '),
    todo,
  };
}
