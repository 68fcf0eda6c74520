import { marks, type Outcome } from '../model/outcome.js';

/** Where the transfer stands or how it ended, why, and what to do: the first thing to read. */
export function Banner({ outcome }: { readonly outcome: Outcome }) {
  const { standing, word, rest, why, todo } = outcome;
  return (
    <section className={`banner ${standing}`} aria-label="Outcome">
      <p className="headline">
        <span className="chip">
          <span aria-hidden="true">{marks[standing]} </span>
          {word}
        </span>{' '}
        <strong>{rest}</strong>
      </p>
      {why !== '' && <p className="why">{withCode(why)}</p>}
      {todo !== '' && (
        <p className="why">
          <strong>What to do:</strong> {withCode(todo)}
        </p>
      )}
      {/* The seconds tick: a screen reader is told only when the standing changes. */}
      <p className="hidden" role="status">
        {standing === 'nothing' ? '' : `The transfer: ${word}`}
      </p>
    </section>
  );
}

/** The table of errors writes names of options between backticks. */
const withCode = (text: string) =>
  text.split('`').map((part, place) => (place % 2 === 0 ? part : <code key={part}>{part}</code>));
