import { useActorRef, useSelector } from '@xstate/react';
import { Inspect } from './inspect.js';
import { Outcome } from './outcome.js';
import { TransferProgress } from './progress.js';
import { transferMachine } from './transfer.machine.js';

export function App() {
  const actor = useActorRef(transferMachine);
  const isBusy = useSelector(actor, (page) => page.matches('beginning') || page.matches('following'));
  const canStop = useSelector(actor, (page) => page.matches({ following: 'moving' }));
  const hasFailed = useSelector(actor, (page) => page.matches('failed'));
  const hasEnded = useSelector(actor, (page) => page.matches('completed'));
  return (
    <main>
      <h1>Publish the sample site</h1>
      <p className="lead">
        Moves all content from a folder to a server, which keeps what it had until the end.
      </p>
      <section className="card" aria-label="Transfer" aria-busy={isBusy}>
        <Outcome actor={actor} />
        <TransferProgress actor={actor} />
        <div className="buttons">
          <button
            type="button"
            className="primary"
            disabled={isBusy}
            onClick={() => actor.send({ type: 'begin' })}
          >
            {hasFailed ? 'Try again' : hasEnded ? 'Publish again' : 'Publish'}
          </button>
          <button type="button" disabled={!canStop} onClick={() => actor.send({ type: 'abort' })}>
            Abort
          </button>
          <button type="button" disabled={!canStop} onClick={() => actor.send({ type: 'cut' })}>
            Cut the connection
          </button>
        </div>
      </section>
      <Inspect />
    </main>
  );
}
