import type { StateDefinition, TransitionDefinition } from '../../../inspect/records.js';
import { transitionKey } from '../../../inspect/visited.js';
import { type HappyPath, happyPathOf } from './happy-path.js';
import { type Visits, wasTaken, wasVisited } from './visits.js';

/** A state as a box of the drawing. */
export interface Box {
  readonly state: StateDefinition;
  readonly children: readonly Box[];
  /** Transitions that are written into the box: those without a target, and those to a state inside it. */
  readonly inner: readonly Drawn[];
}

interface Drawn {
  /** The transition's key in the steps of the recording. */
  readonly key: string;
  readonly source: string;
  readonly target: string | null;
  readonly label: string;
  readonly transition: TransitionDefinition;
}

/** Transitions from one state to another: one arrow, with a line for each. */
export interface Arrow {
  readonly id: string;
  readonly source: string;
  readonly target: string;
  readonly drawn: readonly Drawn[];
}

export interface Drawing {
  readonly root: Box;
  readonly arrows: readonly Arrow[];
  /** What a run without trouble takes: it is drawn straight, and first. */
  readonly happy: HappyPath;
}

/** The part of a drawing that was visited; null where nothing was. */
export function visitedPart(drawing: Drawing, visits: Visits): Drawing | null {
  const keep = (box: Box): Box | null => {
    if (!wasVisited(visits, box.state.id)) return null;
    const children = box.children.map(keep).filter((child) => child !== null);
    return { ...box, children, inner: box.inner.filter(({ key }) => wasTaken(visits, key)) };
  };
  const root = keep(drawing.root);
  if (root === null) return null;
  const kept = new Set<string>();
  const note = ({ state, children }: Box) => {
    kept.add(state.id);
    children.forEach(note);
  };
  note(root);
  const arrows = drawing.arrows.flatMap((arrow) => {
    const drawn = arrow.drawn.filter(({ key }) => wasTaken(visits, key));
    return drawn.length > 0 && kept.has(arrow.source) && kept.has(arrow.target) ? [{ ...arrow, drawn }] : [];
  });
  return { root, arrows, happy: drawing.happy };
}

const drawings = new WeakMap<StateDefinition, Drawing>();
const byText = new Map<string, Drawing>();

/** One drawing for each chart, even if several processes and inspectors send its definition. */
export function drawingFor(definition: StateDefinition): Drawing {
  let drawing = drawings.get(definition);
  if (drawing === undefined) {
    const text = JSON.stringify(definition);
    drawing = byText.get(text) ?? drawingOf(definition);
    byText.set(text, drawing);
    drawings.set(definition, drawing);
  }
  return drawing;
}

/** A definition as boxes and arrows. */
function drawingOf(definition: StateDefinition): Drawing {
  const arrows = new Map<string, { id: string; source: string; target: string; drawn: Drawn[] }>();
  const draw = (target: string, drawn: Drawn) => {
    const id = `${drawn.source}>${target}`;
    const arrow = arrows.get(id);
    if (arrow === undefined) arrows.set(id, { id, source: drawn.source, target, drawn: [drawn] });
    else arrow.drawn.push(drawn);
  };
  const boxOf = (state: StateDefinition): Box => {
    const inner: Drawn[] = [];
    for (const transition of state.transitions ?? []) {
      const { targets } = transition;
      for (const target of targets.length === 0 ? [null] : targets) {
        const drawn: Drawn = {
          key: transitionKey(state.id, transition),
          source: state.id,
          target,
          label: labelOf(transition),
          transition,
        };
        // An arrow from a box into itself would cross everything in it.
        if (target === null || target === state.id || target.startsWith(`${state.id}.`)) inner.push(drawn);
        else draw(target, drawn);
      }
    }
    return { state, children: (state.states ?? []).map(boxOf), inner };
  };
  return { root: boxOf(definition), arrows: [...arrows.values()], happy: happyPathOf(definition) };
}

/** A line of a box, or of a label. */
export interface TextLine {
  /** Unique in its box, or label. */
  readonly id: string;
  readonly text: string;
  /** The key of the line's transition. */
  readonly key: string | null;
}

/** In a label, an event and its guard have a line each. */
export function labelLines({ drawn }: Arrow): readonly TextLine[] {
  return drawn.flatMap(({ transition: { label, guard }, key }) => [
    { id: key, text: label, key },
    ...(guard === undefined ? [] : [{ id: `${key} guard`, text: `[${guard}]`, key }]),
  ]);
}

const labelOf = ({ label, guard }: TransitionDefinition) =>
  guard === undefined ? label : `${label} [${guard}]`;

/** The text in a box, one transition a line. */
export function linesOf({ state, inner }: Box): readonly TextLine[] {
  const invokes = (state.invokes ?? []).map(({ src }) => textOnly(`runs ${src}`));
  const entry = (state.entry ?? []).map((action) => textOnly(`entry: ${action}`));
  const moves = inner.map(({ label, target, key, transition }) => {
    const to = target === null ? (transition.actions ?? []).join(', ') : (target.split('.').at(-1) ?? '');
    return {
      id: `${key}>${target}`,
      text: to === '' ? label : `${label} ${target === null ? '/' : '→'} ${to}`,
      key,
    };
  });
  return [...invokes, ...entry, ...moves];
}

const textOnly = (text: string): TextLine => ({ id: text, text, key: null });
