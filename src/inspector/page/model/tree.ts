import type { Side } from '../../../inspect/records.js';
import type { ActorState } from '../../../inspect/state.js';
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
  readonly isOver: boolean;
  readonly actor: ActorState;
  readonly view: View;
}

export interface TreeSide {
  readonly side: Side | null;
  readonly items: readonly TreeItem[];
}

const keyOf = ({ history }: View, { actor }: ActorState) => `${history.name}/${actor.actor}`;

/** Actors with their children below them; the ends of a link side by side. */
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
    for (const [index, actor] of shown.entries()) {
      items.push({
        key: keyOf(view, actor),
        depth,
        number: index + 1,
        siblings: shown.length,
        name: actor.actor.name,
        state: stateOf(actor),
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

const isEnded = ({ step }: ActorState) => step !== null && step.status !== 'active';

function stateOf({ actor, step }: ActorState): string {
  if (step === null) return actor.kind === 'other' ? 'runs' : '';
  return stateText(step.value) || step.status;
}
