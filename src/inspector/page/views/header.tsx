import type { ChangeEvent } from 'react';
import type { FeedStatus } from '../feed.js';
import { connectionOf } from '../model/connection.js';
import type { Outcome } from '../model/outcome.js';
import { counted, dateText } from '../model/text.js';
import type { Timeline } from '../model/timeline.js';

export interface HeaderProps {
  readonly timeline: Timeline;
  readonly status: FeedStatus;
  /** Whether all that was reported has ended. */
  readonly isOver: boolean;
  readonly outcome: Outcome;
  readonly notice: string;
  readonly onFile: (file: File) => void;
}

/** What this is, where it comes from, and another recording. */
export function Header({ timeline, status, isOver, outcome, notice, onFile }: HeaderProps) {
  const { histories, entries, dropped } = timeline;
  const [first] = histories;
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
        {counted(histories.length, 'process', 'processes')}, {counted(entries.size, 'record')}
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
