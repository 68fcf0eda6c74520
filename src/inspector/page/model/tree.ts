import type { Side } from '../../../inspect/records.js';
import type { ActorState } from '../../../inspect/state.js';
import { objectIn, runs, textIn } from './ends.js';
import { type Tone, toneOfState } from './news.js';
import { stateText } from './text.js';
import type { View } from './timeline.js';

/** An actor as a line of the tree. */
export interface TreeItem {
  /** `reporter/actor`: unique on the page. */
  readonly key: string;
  readonly depth: number;
  /** The number of the actor among the children of its parent, from 1, and how many children there are. */
  readonly number: number;
  readonly siblings: number;
  readonly name: string;
  readonly state: string;
  /** Whether the state is good or bad news. */
  readonly tone: Tone;
  /** Keys of the siblings that are folded into this line, its own among them; empty if none are. */
  readonly folded: readonly string[];
  readonly isOver: boolean;
  readonly actor: ActorState;
  readonly view: View;
}

export interface TreeSide {
  readonly side: Side | null;
  readonly items: readonly TreeItem[];
}

const keyOf = ({ history }: View, { actor }: ActorState) => `${history.name}/${actor.actor}`;

/** Actors with their children below them; the ends of a connection side by side. */
export function treeOf(views: readonly View[], withEnded: boolean): readonly TreeSide[] {
  const items = views.flatMap((view) => itemsOf(view, withEnded));
  const sides: readonly (Side | null)[] = ['client', 'server', null];
  return sides
    .map((side) => ({ side, items: items.filter(({ actor }) => actor.actor.side === side) }))
    .filter((one) => one.items.length > 0);
}

export function findActor(
  views: readonly View[],
  key: string | null,
): { view: View; actor: ActorState } | null {
  for (const view of views) {
    const actor = view.state.actors.find((one) => keyOf(view, one) === key);
    if (actor !== undefined) return { view, actor };
  }
  return null;
}

function itemsOf(view: View, withEnded: boolean): readonly TreeItem[] {
  const { actors } = view.state;
  const known = new Set(actors.map(({ actor }) => actor.actor));
  const below = new Map<string | null, ActorState[]>();
  for (const one of actors) {
    const { parent } = one.actor;
    const key = parent !== null && known.has(parent) ? parent : null;
    const group = below.get(key);
    if (group === undefined) below.set(key, [one]);
    else group.push(one);
  }
  // The last root stays in sight after its end; earlier ones are shown on request.
  const last = below.get(null)?.at(-1);
  const items: TreeItem[] = [];
  const visit = (parent: string | null, depth: number) => {
    const shown = (below.get(parent) ?? []).filter((one) => withEnded || !isEnded(one) || one === last);
    const lines = foldedLines(shown);
    for (const [index, alike] of lines.entries()) {
      const [actor] = alike;
      items.push({
        key: keyOf(view, actor),
        depth,
        number: index + 1,
        siblings: lines.length,
        name: nameOf(alike),
        state: stateOf(actor),
        tone: toneOfState(actor.step),
        folded: alike.length === 1 ? [] : alike.map((one) => keyOf(view, one)),
        isOver: isEnded(actor),
        actor,
        view,
      });
      visit(actor.actor.actor, depth + 1);
    }
  };
  visit(null, 0);
  return items;
}

type Alike = readonly [ActorState, ...ActorState[]];

/** Lanes that carry nothing, and exchanges that run side by side, are one line: eight of them would hide the rest. */
function foldedLines(actors: readonly ActorState[]): readonly Alike[] {
  const lines: [ActorState, ...ActorState[]][] = [];
  for (const actor of actors) {
    const last = lines.at(-1);
    if (last !== undefined && isAlike(last[0], actor)) last.push(actor);
    else lines.push([actor]);
  }
  return lines;
}

const numbered = /^(.+)\.(\d+)$/;

function isAlike(one: ActorState, other: ActorState): boolean {
  const [stem, otherStem] = [numbered.exec(one.actor.name)?.[1], numbered.exec(other.actor.name)?.[1]];
  if (stem === undefined || stem !== otherStem) return false;
  return isIdle(one) && isIdle(other) && stateOf(one) === stateOf(other);
}

/** An actor that carries no request. */
const isIdle = (actor: ActorState): boolean =>
  actor.actor.kind === 'other' || isEnded(actor) || actor.step?.context?.['request'] === null;

/** Stages by what they move; folded lines by their numbers. */
function nameOf([actor, ...others]: Alike): string {
  const { name, input } = actor.actor;
  const last = others.at(-1);
  if (last !== undefined) return `${name}–${numbered.exec(last.actor.name)?.[2] ?? ''}`;
  const step = runs(actor.actor, 'stage') ? textIn(objectIn(input)['step']) : '';
  return step === '' ? name : `${name} ${step}`;
}

const isEnded = ({ step }: ActorState) => step !== null && step.status !== 'active';

function stateOf({ actor, step }: ActorState): string {
  if (step === null) return actor.kind === 'other' ? 'runs' : '';
  return stateText(step.value) || step.status;
}
