import { useSelector } from '@xstate/react';
import type { TransferRef } from './transfer.machine.js';
import { wordsFor } from './words.js';

/** Where the transfer stands or how it ended, in words. */
export function Outcome({ actor }: { readonly actor: TransferRef }) {
  const state = useSelector(actor, ({ value }) => (typeof value === 'string' ? value : value.following));
  const told = useSelector(actor, ({ context }) => context.progress.state);
  const code = useSelector(actor, ({ context }) => context.code);
  const message = useSelector(actor, ({ context }) => context.message);
  if (state === 'failed') {
    return (
      <div className="outcome bad" role="alert">
        <strong>{code === 'ABORTED' ? 'Aborted' : 'Not published'}</strong>
        <p>{message}</p>
        {code !== '' && <code>{code}</code>}
      </div>
    );
  }
  const texts: Readonly<Record<string, string>> = {
    idle: 'Nothing moves yet.',
    beginning: 'Asking the server …',
    moving: wordsFor(told),
    aborting: 'Aborting …',
    completed: 'Published. Everything has arrived.',
  };
  return (
    <p className={`outcome ${state === 'completed' ? 'good' : ''}`} role="status">
      {texts[state ?? ''] ?? ''} {message}
    </p>
  );
}
