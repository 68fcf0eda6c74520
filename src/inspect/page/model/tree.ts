import type { Side } from '../../records.js';
import type { ActorState } from '../../state.js';
import { stateText } from './text.js';
import type { View } from './timeline.js';

/** An actor as a line of the tree. */
export interface TreeItem {
  /** `reporter/actor`: unique on the page. */
  readonly key: string;
  readonly depth: number;
  readonly name: string;
  readonly state: string;
  readonly isOver: boolean;
  readonly actor: ActorState;
  readonly view: View;
}

export interface TreeSide {
  readonly side: Side | null;
  readonly items: readonly TreeItem[];
}

const keyOf = ({ history }: View, { actor }: ActorState) => `${history.name}/${actor.actor}`;

/** Actors with those that they have begun below them, the ends of a link side by side. */
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
  const items: TreeItem[] = [];
  const visit = (parent: string | null, depth: number) => {
    for (const actor of below.get(parent) ?? []) {
      const { step } = actor;
      const isOver = step !== null && step.status !== 'active';
      // What began last stays in sight when it is over; of those before it only who asks sees more.
      if (isOver && !withEnded && !(parent === null && actor === below.get(null)?.at(-1))) continue;
      const state =
        step === null ? (actor.actor.kind === 'other' ? 'runs' : '') : stateText(step.value) || step.status;
      items.push({ key: keyOf(view, actor), depth, name: actor.actor.name, state, isOver, actor, view });
      visit(actor.actor.actor, depth + 1);
    }
  };
  visit(null, 0);
  return items;
}
