import type { ChangeEvent } from 'react';
import type { FeedStatus } from '../feed.js';
import { connectionOf } from '../model/connection.js';
import type { Outcome } from '../model/outcome.js';
import { counted, dateText } from '../model/text.js';
import type { Shot } from './hooks.js';

export interface HeaderProps {
  readonly shot: Shot;
  readonly status: FeedStatus;
  /** Whether all that was reported has ended. */
  readonly isOver: boolean;
  readonly outcome: Outcome;
  readonly notice: string;
  readonly onFile: (file: File) => void;
}

/** What this is, where it comes from, and another recording. */
export function Header({ shot, status, isOver, outcome, notice, onFile }: HeaderProps) {
  const { records, dropped, processes } = shot;
  const [first] = shot.timeline.histories;
  const open = ({ target }: ChangeEvent<HTMLInputElement>) => {
    const file = target.files?.[0];
    if (file !== undefined) onFile(file);
  };
  const { tone, words } = connectionOf(status, isOver);
  return (
    <header>
      <h1>
        Ferry
        {outcome.what !== '' && (
          <span className="what">
            {outcome.what} <span className="quiet">{outcome.by}</span>
          </span>
        )}
      </h1>
      <p className="status">
        <span className={`dot ${tone}`} aria-hidden="true" />
        <span role="status">{notice === '' ? words : notice}</span>
      </p>
      <p className="quiet counts">
        {counted(processes, 'process', 'processes')}, {counted(records, 'record')}
        {dropped > 0 && <strong className="dropped"> · {dropped.toLocaleString('en')} not kept</strong>}
        {first !== undefined && <span className="began"> · began {dateText(first.header.startedAt)}</span>}
      </p>
      <label className="button file">
        Open a recording
        <input type="file" accept=".jsonl,.json,.txt" onChange={open} />
      </label>
    </header>
  );
}
