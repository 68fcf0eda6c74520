import { useSelector } from '@xstate/react';
import { useEffect, useState } from 'react';
import type { TransferRef } from './transfer.machine.js';
import { sizeOf, stages } from './words.js';

/** What has moved of each stage, of how much where that is known, and how fast. */
export function TransferProgress({ actor }: { readonly actor: TransferRef }) {
  const { counts, totals, state } = useSelector(actor, ({ context }) => context.progress);
  const began = useSelector(actor, ({ context }) => context.began);
  const isCompleted = useSelector(actor, (page) => page.matches('completed'));
  const isMoving = useSelector(actor, (page) => page.matches('following'));
  const seconds = useSeconds(began, isMoving);
  const current = stages.findIndex(({ stage }) => state.startsWith(`transferring.${stage}`));
  const items = stages.reduce((sum, { stage }) => sum + (counts[stage]?.items ?? 0), 0);
  const bytes = stages.reduce((sum, { stage }) => sum + (counts[stage]?.bytes ?? 0), 0);
  return (
    <>
      <progress
        aria-label="Stages"
        max={stages.length}
        value={isCompleted ? stages.length : Math.max(0, current)}
      />
      <ul className="stages">
        {stages.map(({ stage, title }, index) => {
          const moved = counts[stage]?.items ?? 0;
          const total = totals[stage]?.count;
          const isDone = isCompleted || index < current;
          return (
            <li
              key={stage}
              className={isDone ? 'done' : ''}
              aria-current={isMoving && index === current ? 'step' : undefined}
            >
              <span>{title}</span>{' '}
              <span className="count">{total === undefined || isDone ? moved : `${moved} of ${total}`}</span>
            </li>
          );
        })}
      </ul>
      <p className="rate">
        {seconds === 0
          ? ' '
          : `${items} items, ${sizeOf(bytes)} in ${seconds.toFixed(0)} s · ${(items / seconds).toFixed(1)} items a second`}
      </p>
    </>
  );
}

/** Seconds since a moment; it rests when nothing moves. */
function useSeconds(began: number, isMoving: boolean): number {
  const [now, setNow] = useState(0);
  useEffect(() => {
    if (!isMoving) return;
    const timer = setInterval(() => setNow(Date.now()), 500);
    return () => clearInterval(timer);
  }, [isMoving]);
  return Math.max(0, now - began) / 1000;
}
