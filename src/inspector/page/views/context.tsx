import type { Json, JsonObject } from '../../../inspect/records.js';
import type { ActorState } from '../../../inspect/state.js';
import type { Entry } from '../model/entries.js';
import { durationText, eventText, lineOf, spanText, stateText } from '../model/text.js';
import type { View } from '../model/timeline.js';

export interface ContextProps {
  readonly found: { readonly view: View; readonly actor: ActorState } | null;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly entry: Entry | undefined;
}

/** The context of the chosen actor at the chosen moment. */
export function ContextView({ found, now, entry }: ContextProps) {
  if (found === null) {
    return (
      <section className="panel context" aria-label="Context">
        <h2>Context</h2>
        <p className="empty">Nothing yet.</p>
      </section>
    );
  }
  const { view, actor: state } = found;
  const { actor, step, delays } = state;
  const said = entry === undefined ? null : lineOf(entry);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and has nothing in it that takes the focus
    <section className="panel context" aria-label="Context" tabIndex={0}>
      <h2>{actor.path}</h2>
      <dl className="facts">
        <dt>state</dt>
        <dd>
          <strong data-testid="state">
            {step === null ? 'not begun' : stateText(step.value) || step.status}
          </strong>
          {step !== null && step.status !== 'active' && ` (${step.status})`}
        </dd>
        {step !== null && (
          <>
            <dt>by</dt>
            <dd>{eventText(step.event)}</dd>
          </>
        )}
        {step !== null && step.actions.length > 0 && (
          <>
            <dt>did</dt>
            <dd>{step.actions.join(', ')}</dd>
          </>
        )}
        {delays.map(({ id, delay, ms, since }) => {
          const left = Math.max(0, view.history.epoch + since + ms - now);
          return (
            <div className="delay" key={id}>
              <dt>waits</dt>
              <dd>
                {delay}: {durationText(left)} of {spanText(ms)} left
                <meter min={0} max={ms} value={left} aria-label={`${delay} runs down`} />
              </dd>
            </div>
          );
        })}
      </dl>
      <Fields title="context" json={step?.context} />
      <Fields title="output" json={step?.output} />
      <Fields title="error" json={step?.error} />
      <Fields title="input" json={actor.input} />
      {said !== null && (
        <p className="quiet">
          Last of all: {said.who} {said.title}
        </p>
      )}
    </section>
  );
}

function Fields({ title, json }: { readonly title: string; readonly json: Json | undefined }) {
  if (json === undefined || json === null) return null;
  const isEmpty = typeof json === 'object' && Object.keys(json).length === 0;
  if (isEmpty) return null;
  return (
    <>
      <h3>{title}</h3>
      <Value json={json} />
    </>
  );
}

function Value({ json }: { readonly json: Json }) {
  if (typeof json !== 'object' || json === null)
    return <span className={`value ${typeof json}`}>{String(json)}</span>;
  if (Array.isArray(json) && json.every((one) => typeof one !== 'object')) {
    return <span className="value">{json.join(', ')}</span>;
  }
  return (
    <dl className="fields">
      {Object.entries(json as JsonObject).map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            <Value json={value} />
          </dd>
        </div>
      ))}
    </dl>
  );
}
