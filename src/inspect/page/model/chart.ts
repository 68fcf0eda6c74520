import type { StateDefinition, TransitionDefinition } from '../../records.js';
import { transitionKey } from './visits.js';

/** A state as a box of the drawing. */
export interface Box {
  readonly state: StateDefinition;
  readonly children: readonly Box[];
  /** Transitions that are written into the box: those without a target, and those to a state inside of it. */
  readonly inner: readonly Drawn[];
}

export interface Drawn {
  /** As a step of the recording names it. */
  readonly key: string;
  readonly id: string;
  readonly source: string;
  readonly target: string | null;
  readonly label: string;
  readonly transition: TransitionDefinition;
}

export interface Drawing {
  readonly root: Box;
  readonly arrows: readonly Drawn[];
}

/** A definition as boxes and arrows. */
export function drawingOf(definition: StateDefinition): Drawing {
  const arrows: Drawn[] = [];
  const boxOf = (state: StateDefinition): Box => {
    const inner: Drawn[] = [];
    for (const [index, transition] of (state.transitions ?? []).entries()) {
      const { targets } = transition;
      for (const target of targets.length === 0 ? [null] : targets) {
        const drawn: Drawn = {
          key: transitionKey(state.id, transition),
          id: `${state.id}#${index}>${target ?? ''}`,
          source: state.id,
          target,
          label: labelOf(transition),
          transition,
        };
        // An arrow from a box into itself crosses everything that is in it.
        const isInner = target === null || target.startsWith(`${state.id}.`);
        (isInner ? inner : arrows).push(drawn);
      }
    }
    return { state, children: (state.states ?? []).map(boxOf), inner };
  };
  return { root: boxOf(definition), arrows };
}

const labelOf = ({ label, guard }: TransitionDefinition) => (guard === undefined ? label : `${label} [${guard}]`);

/** What is written into a box, a line each. */
export function linesOf({ state, inner }: Box): readonly { readonly text: string; readonly key: string | null }[] {
  const invokes = (state.invokes ?? []).map(({ src }) => ({ text: `runs ${src}`, key: null }));
  const entry = (state.entry ?? []).map((action) => ({ text: `entry: ${action}`, key: null }));
  const moves = inner.map(({ label, target, key, transition }) => {
    const to = target === null ? (transition.actions ?? []).join(', ') : (target.split('.').at(-1) ?? '');
    return { text: to === '' ? label : `${label} ${target === null ? '/' : '→'} ${to}`, key };
  });
  return [...invokes, ...entry, ...moves];
}
