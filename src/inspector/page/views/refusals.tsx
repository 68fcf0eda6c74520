import { useMemo } from 'react';
import type { StateDefinition } from '../../../inspect/records.js';
import type { ActorState } from '../../../inspect/state.js';
import { type Refused, refusedBy } from '../model/refused.js';
import { counted } from '../model/text.js';
import type { View } from '../model/timeline.js';
import type { Shot } from './hooks.js';

interface RefusalsProps {
  readonly shot: Shot;
  readonly found: { readonly view: View; readonly actor: ActorState };
  readonly definition: StateDefinition;
}

/** The events that the chosen actor did not take, and why. */
export function Refusals({ shot, found: { view, actor }, definition }: RefusalsProps) {
  const { actor: id } = actor.actor;
  const { seq } = view.state;
  const refused = useMemo(
    () => refusedBy(view, id, definition, shot.entries, seq),
    [view, id, definition, shot, seq],
  );
  return (
    <details className="refusals">
      <summary>Refused: {counted(refused.length, 'event')}</summary>
      {refused.length === 0 ? (
        <p>The chart took every event.</p>
      ) : (
        <ul>
          {refused.map((one) => (
            <li key={`${one.event} ${one.state}`}>
              <code>{one.event}</code> in <strong>{one.state}</strong>
              {one.times > 1 ? ` × ${one.times.toLocaleString('en')}` : ''}: {whyOf(one)}
            </li>
          ))}
        </ul>
      )}
    </details>
  );
}

function whyOf({ guards, code }: Refused): string {
  const by = guards.length === 0 ? 'the state has no transition for it' : `not ${guards.join(', not ')}`;
  return code === null ? by : `${by}; answered ${code}`;
}
