import { marks, type Outcome, type Standing } from '../model/outcome.js';

const names: Readonly<Record<Standing, string>> = {
  nothing: 'waiting',
  running: 'running',
  paused: 'paused',
  slow: 'slow',
  silent: 'stalled',
  completed: 'completed',
  failed: 'failed',
  aborted: 'aborted',
  brokenOff: 'broken off',
};

/** Where the transfer stands or how it ended, why, and what to do: the first thing to read. */
export function Banner({ outcome }: { readonly outcome: Outcome }) {
  const { standing, headline, why, todo } = outcome;
  return (
    <section className={`banner ${standing}`} aria-label="Outcome">
      <p className="headline">
        <span className="chip">
          <span aria-hidden="true">{marks[standing]} </span>
          {names[standing]}
        </span>{' '}
        <strong>{headline}</strong>
      </p>
      {(why !== '' || todo !== '') && (
        <p className="why">
          {why} {todo !== '' && <span className="todo">{todo}</span>}
        </p>
      )}
      {/* The seconds tick: a screen reader is told only when the standing changes. */}
      <p className="hidden" role="status">
        {standing === 'nothing' ? '' : `The transfer: ${names[standing]}`}
      </p>
    </section>
  );
}
