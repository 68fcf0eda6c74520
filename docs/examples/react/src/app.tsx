import { useActorRef, useSelector } from '@xstate/react';
import { TransferProgress } from './progress.js';
import { type TransferRef, transferMachine } from './transfer.machine.js';

export function App() {
  const actor = useActorRef(transferMachine);
  const isBusy = useSelector(actor, (page) => page.matches('beginning') || page.matches('following'));
  return (
    <main>
      <h1>Pull the sample site</h1>
      <section aria-label="Transfer" aria-busy={isBusy}>
        <TransferProgress actor={actor} />
        <Outcome actor={actor} />
        <div className="buttons">
          <button type="button" disabled={isBusy} onClick={() => actor.send({ type: 'begin' })}>
            Begin
          </button>
          <button type="button" disabled={!isBusy} onClick={() => actor.send({ type: 'abort' })}>
            Abort
          </button>
          <a href="/inspector" target="_blank" rel="noreferrer">
            Open the inspector beside it
          </a>
        </div>
      </section>
    </main>
  );
}

function Outcome({ actor }: { readonly actor: TransferRef }) {
  const state = useSelector(actor, ({ value }) => (typeof value === 'string' ? value : value.following));
  const told = useSelector(actor, ({ context }) => context.progress.state);
  const message = useSelector(actor, ({ context }) => context.message);
  const texts = {
    idle: 'Nothing moves yet.',
    beginning: 'Asking the server …',
    moving: told,
    aborting: 'Aborting …',
    completed: 'Completed.',
    failed: '',
  };
  return (
    <p role="status">
      {state === undefined ? '' : texts[state]} {message}
    </p>
  );
}
