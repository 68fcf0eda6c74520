import { useSelector } from '@xstate/react';
import type { Step } from 'strapi-ferry/protocol';
import type { TransferRef } from './transfer.machine.js';

const stages: readonly Step[] = ['entities', 'assets', 'links', 'configuration'];

/** Which stage moves, and what has moved. A server does not tell how much there is, so the bar counts stages. */
export function TransferProgress({ actor }: { readonly actor: TransferRef }) {
  const { counts, state } = useSelector(actor, ({ context }) => context.progress);
  const isCompleted = useSelector(actor, (page) => page.matches('completed'));
  const current = stages.findIndex((stage) => state.startsWith(`transferring.${stage}`));
  return (
    <>
      <progress
        aria-label="Stages"
        max={stages.length}
        value={isCompleted ? stages.length : Math.max(0, current)}
      />
      <ul className="stages">
        {stages.map((stage, index) => (
          <li key={stage} aria-current={index === current ? 'step' : undefined}>
            <span>{stage}</span> <span className="count">{counts[stage]?.items ?? 0}</span>
          </li>
        ))}
      </ul>
    </>
  );
}
