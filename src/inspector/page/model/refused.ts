import type { StateDefinition } from '../../../inspect/records.js';
import { activeStates } from '../../../inspect/visited.js';
import type { Entry } from './entries.js';
import { eventText, stateText } from './text.js';
import type { View } from './timeline.js';

/** An event that an actor did not take. */
export interface Refused {
  readonly event: string;
  /** The state that it met. */
  readonly state: string;
  /** Guards that said no: each has a transition for the event. Empty where the state has none. */
  readonly guards: readonly string[];
  /** The code that the state gives a request which it cannot take; null where it gives none. */
  readonly code: string | null;
  readonly times: number;
  /** `seq` of the last one. */
  readonly seq: number;
}

/** To take no notice of an event of XState itself is no refusal, unless a guard said no. */
const own = /^xstate\./;

/**
 * What an actor refused up to a moment, the latest first: which event, in which state, and by which guard.
 * @param seq of the last record that counts
 */
export function refusedBy(
  { history }: View,
  actor: string,
  definition: StateDefinition,
  entries: Iterable<Entry>,
  seq: number,
): readonly Refused[] {
  const refused = new Map<string, Refused>();
  for (const { history: from, record } of entries) {
    if (from !== history || record.type !== 'step' || record.actor !== actor) continue;
    if (record.seq > seq || record.transitions.length > 0) continue;
    const states = statesOf(definition, activeStates(definition, record.value));
    const guards = states.flatMap(({ transitions = [] }) =>
      transitions.flatMap(({ event, guard }) =>
        guard !== undefined && takes(event, record.event) ? [guard] : [],
      ),
    );
    if (guards.length === 0 && own.test(record.event)) continue;
    const code = states.findLast(({ refuses }) => refuses?.[record.event] !== undefined)?.refuses?.[
      record.event
    ];
    const state = stateText(record.value);
    const key = `${record.event} ${state}`;
    const times = (refused.get(key)?.times ?? 0) + 1;
    refused.delete(key);
    const event = eventText(record.event);
    refused.set(key, {
      event,
      state,
      guards: [...new Set(guards)],
      code: code ?? null,
      times,
      seq: record.seq,
    });
  }
  return [...refused.values()].reverse();
}

function statesOf(definition: StateDefinition, ids: readonly string[]): readonly StateDefinition[] {
  const inner = (definition.states ?? []).flatMap((state) => statesOf(state, ids));
  return ids.includes(definition.id) ? [definition, ...inner] : inner;
}

/** XState matches `socket.*` with every event of that beginning. */
const takes = (descriptor: string, event: string) =>
  descriptor === event ||
  descriptor === '*' ||
  (descriptor.endsWith('.*') && event.startsWith(descriptor.slice(0, -1)));
