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
  // The part of the current stage that has moved, where its source knows how much there is.
  const stage = stages[current]?.stage;
  const all = stage === undefined ? undefined : totals[stage]?.count;
  const part = stage === undefined || !all ? 0 : Math.min(1, (counts[stage]?.items ?? 0) / all);
  const items = stages.reduce((sum, one) => sum + (counts[one.stage]?.items ?? 0), 0);
  const bytes = stages.reduce((sum, one) => sum + (counts[one.stage]?.bytes ?? 0), 0);
  return (
    <>
      <progress
        aria-label="Stages"
        max={stages.length}
        value={isCompleted ? stages.length : Math.max(0, current) + part}
      />
      <ul className="stages">
        {stages.map(({ stage: moving, title }, index) => {
          const moved = counts[moving]?.items ?? 0;
          const total = totals[moving]?.count;
          const isDone = isCompleted || index < current;
          return (
            <li
              key={moving}
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
          : `${items} items${bytes === 0 ? '' : `, ${sizeOf(bytes)}`} in ${seconds.toFixed(0)} s · ${(items / seconds).toFixed(1)} items a second`}
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
