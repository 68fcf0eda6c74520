import { isDeepStrictEqual } from 'node:util';
import type { Direction } from '../../../machines/lifecycle.machine.js';
import type { Message } from './messages.js';
import type { Outcome } from './outcome.js';

export interface Case {
  readonly direction: Direction;
  readonly message: Message;
  readonly before: readonly Message[];
  /** What the Strapi said to those. */
  readonly heard: readonly Outcome[];
  readonly strapi: Outcome;
  readonly ours: Outcome;
}

/** Where our server answers otherwise on purpose. Each is a row of docs/strapi-differences.md, by its name, with the reason. */
export interface Deviation {
  readonly name: string;
  readonly fits: (about: Case) => boolean;
  /** Whether the two servers stand in different states from here on, so that nothing after it can be compared. */
  readonly parts?: (about: Case) => boolean;
}

const bodyOf = ({ message }: Case) => message.body ?? {};
const isAction = (about: Case, ...names: readonly string[]) =>
  bodyOf(about)['kind'] === 'action' && names.includes(String(bodyOf(about)['action']));
const isStep = (about: Case, ...names: readonly string[]) =>
  bodyOf(about)['kind'] === 'step' && names.includes(String(bodyOf(about)['action']));
const isAnswer = ({ kind }: Outcome) => kind === 'answer';
const errorIn = (outcome: Outcome | undefined, message: string | RegExp) =>
  outcome?.kind === 'error' &&
  (typeof message === 'string' ? outcome.error.message === message : message.test(outcome.error.message));

/** What a Strapi remembers of a message, though it answered with an error. */
const moves = (about: Case) =>
  isAction(about, 'bootstrap', 'beforeTransfer', 'close', 'rollback') || isStep(about, 'start', 'end');
const always = () => true;

/** Ours, as a Strapi would have said it. */
const asStrapi = (outcome: Outcome, change: (error: { message: string; details?: unknown }) => object) =>
  outcome.kind === 'error' ? { ...outcome, error: { ...outcome.error, ...change(outcome.error) } } : outcome;

/** Whether this transfer had such an action. */
const had = ({ before, heard }: Case, name: string) => {
  const begun = before.findLastIndex(
    ({ body }, index) => body?.['command'] === 'init' && heard[index]?.kind === 'answer',
  );
  return before.slice(begun + 1).some(({ body }) => body?.['kind'] === 'action' && body['action'] === name);
};
const failedStart = /impossible to create a stream$|is not set in restore options$/;

export const deviations: readonly Deviation[] = [
  {
    name: 'transferID',
    fits: (about) =>
      about.message.transferID !== undefined &&
      bodyOf(about)['type'] === 'transfer' &&
      errorIn(about.ours, 'Bad transfer ID provided'),
    parts: (about) => moves(about) || (isStep(about, 'stream') && isAnswer(about.strapi)),
  },
  {
    name: 'end without an id',
    fits: (about) =>
      bodyOf(about)['command'] === 'end' &&
      about.message.transferID === 'missing' &&
      isAnswer(about.strapi) &&
      errorIn(about.ours, 'Bad transfer ID provided'),
  },
  {
    name: 'status of a pull',
    fits: ({ direction, message, strapi, ours }) =>
      direction === 'pull' && message.body?.['command'] === 'status' && isAnswer(strapi) && isAnswer(ours),
  },
  {
    name: 'validActions',
    fits: ({ message, strapi, ours }) => {
      const verb = String(message.body?.['action']);
      if (!errorIn(ours, `Invalid action provided: "${verb}"`)) return false;
      const withoutList = () => ({ details: null });
      return isDeepStrictEqual(asStrapi(ours, withoutList), asStrapi(strapi, withoutList));
    },
  },
  {
    name: '[object Object]',
    fits: ({ message, strapi, ours }) =>
      isDeepStrictEqual(
        strapi,
        asStrapi(ours, ({ message: words }) => ({
          message: words.replace(`(${message.body?.['step']})`, '([object Object])'),
        })),
      ),
  },
  {
    name: 'unknown request',
    fits: ({ strapi, ours }) =>
      isDeepStrictEqual(strapi, { kind: 'answer', data: null }) && errorIn(ours, 'Bad Request'),
  },
  {
    name: 'unknown type',
    fits: ({ message, strapi, ours }) =>
      strapi.kind === 'silence' &&
      message.body?.['type'] === 'dream' &&
      errorIn(ours, /^(Bad Request|Invalid Transfer Process)$/),
  },
  {
    name: 'no uuid',
    fits: ({ message, strapi, ours }) =>
      message.uuid === 'missing' && strapi.kind === 'silence' && ours.kind === 'unaddressed',
  },
  {
    name: 'an earlier answer again',
    fits: ({ message, strapi, ours }) =>
      (message.uuid === 'earlier' || message.uuid === 'last') &&
      strapi.kind === 'silence' &&
      isDeepStrictEqual(ours, { kind: 'answer', data: null }),
  },
  {
    name: 'no JSON',
    fits: ({ message, strapi, ours }) =>
      message.raw !== undefined &&
      strapi.kind === 'closed' &&
      strapi.code === 1006 &&
      ours.kind === 'closed' &&
      ours.code === 1007,
  },
  {
    name: 'before bootstrap',
    fits: (about) => errorIn(about.ours, 'The transfer needs bootstrap first'),
    // A Strapi counts it as done: a bootstrap that follows comes too late for it.
    parts: (about) => about.direction === 'push' && moves(about),
  },
  {
    name: 'rollback before bootstrap',
    fits: (about) => had(about, 'rollback') && !had(about, 'bootstrap'),
    parts: always,
  },
  {
    name: 'a bootstrap that failed',
    fits: ({ direction, heard }) =>
      direction === 'push' && heard.some((outcome) => errorIn(outcome, /^Invalid strategy/)),
    parts: always,
  },
  {
    name: 'a start that failed',
    fits: ({ direction, before, heard }) =>
      direction === 'push' &&
      before.some(
        ({ body }, index) =>
          body?.['kind'] === 'step' && body['action'] === 'start' && errorIn(heard[index], failedStart),
      ),
    parts: always,
  },
  {
    name: 'options left out',
    fits: (about) =>
      isStep(about, 'start') &&
      isAnswer(about.ours) &&
      errorIn(about.strapi, /is not set in restore options$/),
    parts: always,
  },
  {
    name: 'a fault in assets',
    fits: ({ before, heard, ours, strapi }) =>
      errorIn(ours, 'Transfer has been terminated') &&
      !errorIn(strapi, 'Transfer has been terminated') &&
      before.some((_, index) => errorIn(heard[index], /^No asset /)),
    parts: always,
  },
  {
    name: 'end of a later stage',
    fits: (about) =>
      about.direction === 'push' &&
      isStep(about, 'end') &&
      isAnswer(about.strapi) &&
      errorIn(about.ours, 'You need to init first'),
    parts: always,
  },
  {
    name: 'one stage of a pull at a time',
    fits: (about) =>
      about.direction === 'pull' &&
      errorIn(about.ours, /^It's not possible to start a new transfer stage|^You need to init first/),
    parts: (about) => isStep(about, 'start', 'end') && isAnswer(about.strapi),
  },
  {
    name: 'the order of a pull',
    fits: (about) =>
      about.direction === 'pull' && errorIn(about.ours, /^Invalid (action|stage) .* for the current flow ?$/),
    parts: always,
  },
];
