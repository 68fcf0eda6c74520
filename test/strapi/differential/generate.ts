import type { Direction } from '../../../machines/lifecycle.machine.js';
import type { Random } from '../../../src/ports/random.js';
import {
  action,
  again,
  command,
  end,
  init,
  isRemembered,
  type Message,
  notJson,
  noUuid,
  type Sequence,
  step,
  unknownKind,
  unknownType,
} from './messages.js';

/** What would end the Strapi, or hang it for good: not generated. */
export const avoided: readonly (readonly [what: string, why: string])[] = [
  ['no JSON while a batch of a pull waits for its confirmation', 'kills the process'],
  [
    'end without close in a push after bootstrap',
    'its database transaction stays open for ever, and SQLite with it',
  ],
  ['a second rollback, and rollback after close', 'is never answered, nor is anything after it'],
  ['beforeTransfer or a stage after rollback', 'waits for ever for the transaction that is gone'],
  ['dropping a push after rollback alone', 'its handler hangs, lifecycle hooks of the whole server stay off'],
  ['end of a stage of a pull that has failed', 'can wait for ever'],
  ['items of assets that start', 'are written only where their file row came in the same transfer'],
];

const stages = ['entities', 'assets', 'links', 'configuration'];
const anyStage = [...stages, ...stages, 'schemas', 'dreams'];

const author = {
  type: 'api::author.author',
  id: 1,
  data: { documentId: 'a23456789012345678901234', name: 'Ada', locale: null, publishedAt: null },
};
const secret = { type: 'admin::user', id: 1, data: {} };
const secretLink = {
  kind: 'relation.basic',
  relation: 'oneToOne',
  left: { type: 'admin::user', ref: 1, field: 'roles' },
  right: { type: 'admin::role', ref: 1 },
};
/** Items of each stage; an empty batch most often. */
const batches: Record<string, readonly unknown[]> = {
  entities: [[], [], [], [author], [secret]],
  links: [[], [], [], [], [secretLink]],
  configuration: [[], [], []],
  assets: [
    [],
    [],
    [],
    [{ action: 'stream', assetID: 'a1', data: '', encoding: 'base64' }],
    [{ action: 'end', assetID: 'a1' }],
  ],
};

/** How far the generator believes a Strapi to be: only to be plausible, and to avoid what is listed above. */
interface Belief {
  begun: boolean;
  /** Something was done that moves the flow, so that bootstrap comes too late. */
  moved: boolean;
  open: boolean;
  isSafe: boolean;
  isStrange: boolean;
  rolledBack: boolean;
  closed: boolean;
  terminated: boolean;
  stage: string | null;
  locked: boolean;
  seen: Message[];
}

export function generate(direction: Direction, random: Random): Sequence {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
  const chance = (probability: number) => random() < probability;
  const belief: Belief = fresh();
  const messages: Message[] = [];
  const length = 3 + Math.floor(random() * 10);
  const say = (message: Message) => {
    messages.push(message);
    believe(belief, message, direction);
    if (isRemembered(message)) belief.seen.push(message);
  };
  while (messages.length < length) {
    const message = chance(0.65) ? plausible() : anything();
    if (direction === 'pull' || isHarmless(belief, message)) say(message);
  }
  if (chance(0.02)) say(notJson());
  else if (direction === 'push' && belief.open && !belief.terminated) {
    // A push is ended as Strapi's own client ends it.
    if (!belief.rolledBack && !belief.closed && chance(0.8)) say(action('rollback'));
    if (!belief.closed) say(action('close'));
    say(end());
  }
  return { direction, messages };

  function plausible(): Message {
    if (!belief.begun) return initOf();
    if (!belief.open && !(belief.moved && direction === 'push')) return action('bootstrap');
    if (belief.stage !== null && belief.locked) {
      const { stage } = belief;
      return pick([
        step('stream', stage, pick(batches[stage] ?? [[]])),
        step('end', stage),
        step('end', stage),
      ]);
    }
    const later = stages.slice(Math.max(0, stages.indexOf(belief.stage ?? '')));
    const stage = pick(later.length === 0 ? stages : later);
    const next = [
      ...[action('getMetadata'), action('getSchemas'), action('close'), end()],
      ...[step('start', stage), step('start', stage), step('start', stage)],
    ];
    if (direction === 'pull') return pick([...next, step('end', stage), step('end', stage)]);
    return pick([...next, action('beforeTransfer'), step('end', stage)]);
  }

  function anything(): Message {
    const stage = pick(anyStage);
    const id = chance(0.12) ? pick(['wrong', 'missing'] as const) : undefined;
    const weighted: readonly (readonly [number, () => Message])[] = [
      [2, initOf],
      [2, () => command('status')],
      [2, () => end(chance(0.5) ? 'wrong' : undefined)],
      [1, () => end('missing')],
      [1, () => command('fly')],
      [1, unknownType],
      [1, unknownKind],
      [1, noUuid],
      [2, () => action('bootstrap', id)],
      [1, () => action('fly', id)],
      [2, () => action('beforeTransfer', id)],
      [2, () => action('getMetadata', id)],
      [2, () => action('getSchemas', id)],
      [1, () => action('rollback', id)],
      [1, () => action('close', id)],
      [5, () => step('start', stage, undefined, id)],
      [5, () => step('stream', stage, pick(batches[stage] ?? [[]]), id)],
      [5, () => step('end', stage, undefined, id)],
      [1, () => step('fly', stage, undefined, id)],
      [3, () => repeated()],
    ];
    let at = random() * weighted.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, make] of weighted) {
      at -= weight;
      if (at < 0) return make();
    }
    return command('status');
  }

  function initOf(): Message {
    if (direction === 'pull') return chance(0.2) ? init.bare() : init.pull();
    if (chance(0.07)) return init.strange();
    return chance(0.05) ? init.bare() : init.push(!chance(0.2));
  }

  function repeated(): Message {
    const which = pick(['last', 'last', 'earlier'] as const);
    const message = belief.seen.at(which === 'last' ? -1 : -2);
    return message === undefined ? command('status') : again(message, which);
  }
}

const fresh = (): Belief => ({
  begun: false,
  moved: false,
  open: false,
  isSafe: false,
  isStrange: false,
  rolledBack: false,
  closed: false,
  terminated: false,
  stage: null,
  locked: false,
  seen: [],
});

function isHarmless(belief: Belief, message: Message): boolean {
  if (belief.terminated || message.uuid !== undefined || message.body === undefined) return true;
  const { command: name, action: verb, kind } = message.body;
  // Which of two transferIDs is meant makes no difference to a Strapi, except for end.
  if (name === 'end') return message.transferID === 'wrong' || !belief.open || belief.closed;
  if (!belief.begun || !belief.open) return true;
  if (verb === 'rollback') return !belief.rolledBack && !belief.closed;
  if (belief.rolledBack || belief.closed) {
    if (kind === 'step') return belief.closed && !belief.rolledBack;
    return verb !== 'beforeTransfer' || (belief.closed && !belief.rolledBack);
  }
  return verb !== 'beforeTransfer' || belief.isSafe;
}

function believe(belief: Belief, message: Message, direction: Direction): void {
  if (message.uuid !== undefined || message.body === undefined || belief.terminated) return;
  const { command: name, action: verb, kind, step: stage, data } = message.body;
  if (name === 'init' && !belief.begun) {
    Object.assign(belief, {
      begun: true,
      isSafe: 'params' in message.body,
      isStrange: message.says.includes('strange'),
    });
  }
  if (
    name === 'end' &&
    message.transferID !== 'wrong' &&
    (message.transferID !== 'missing' || !belief.begun)
  ) {
    Object.assign(belief, { ...fresh(), seen: belief.seen });
  }
  if (!belief.begun) return;
  if (kind === 'action') {
    if (verb === 'bootstrap' && (!belief.moved || direction === 'pull'))
      Object.assign(belief, { open: !belief.isStrange, moved: true });
    if (verb === 'beforeTransfer') belief.moved = true;
    if (verb === 'close') {
      belief.moved = true;
      if (belief.open) Object.assign(belief, { closed: true, stage: null, locked: false });
    }
    if (verb === 'rollback' && belief.open) belief.rolledBack = true;
  }
  if (kind !== 'step' || typeof stage !== 'string') return;
  if (verb === 'start') {
    belief.moved = true;
    if (!belief.locked) Object.assign(belief, { stage, locked: true });
  }
  if (verb === 'end') {
    belief.moved = true;
    if (belief.stage === null || belief.locked) Object.assign(belief, { stage, locked: false });
  }
  if (verb === 'stream' && belief.open && stage === belief.stage && belief.locked) {
    const [row] = (data ?? []) as { type?: string; left?: { type?: string } }[];
    if (row?.type === 'admin::user' || row?.left?.type === 'admin::user') belief.terminated = true;
  }
}
