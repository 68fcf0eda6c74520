import { type ChangeEvent, useState } from 'react';
import type { ControlCommand } from '../../live-messages.js';
import type { Feed, FeedStatus } from '../feed.js';
import type { Timeline } from '../model/timeline.js';

export interface HeaderProps {
  readonly timeline: Timeline;
  readonly status: FeedStatus;
  readonly feed: Feed;
  readonly token: string | null;
  readonly notice: string;
  readonly onFile: (file: File) => void;
}

const statusText: Readonly<Record<FeedStatus, string>> = {
  connecting: 'connecting …',
  live: 'connected',
  lost: 'the inspector is gone; looking for it again',
  off: 'a recording',
};

export function Header({ timeline, status, feed, token, notice, onFile }: HeaderProps) {
  const { histories, entries, dropped } = timeline;
  const open = ({ target }: ChangeEvent<HTMLInputElement>) => {
    const file = target.files?.[0];
    if (file !== undefined) onFile(file);
  };
  return (
    <header>
      <h1>Ferry</h1>
      <p className="status">
        <span className={`dot ${status}`} aria-hidden="true" />
        <span role="status">{notice === '' ? statusText[status] : notice}</span>
      </p>
      <p className="quiet">
        {histories.length === 1 ? '1 process' : `${histories.length} processes`},{' '}
        {entries.size.toLocaleString('en')} records
        {dropped > 0 && <strong className="dropped"> · {dropped.toLocaleString('en')} not kept</strong>}
      </p>
      {feed.canControl && token !== null && <Steering timeline={timeline} feed={feed} token={token} />}
      <label className="button file">
        Open a recording
        <input type="file" accept=".jsonl,.json,.txt" onChange={open} />
      </label>
    </header>
  );
}

interface Steered {
  readonly command: ControlCommand;
  readonly title: string;
  /** The message once a process has accepted the command. */
  readonly taken: string;
}

const commands: readonly Steered[] = [
  { command: 'pause', title: 'Pause', taken: 'will rest before what comes next' },
  { command: 'resume', title: 'Resume', taken: 'goes on' },
  { command: 'cut', title: 'Cut the socket', taken: 'was cut' },
  { command: 'abort', title: 'Abort', taken: 'is being aborted' },
];

/** Shown only if the page was opened by the link with the token. */
function Steering({
  timeline,
  feed,
  token,
}: Pick<HeaderProps, 'timeline' | 'feed'> & { readonly token: string }) {
  const [answer, setAnswer] = useState('');
  const alive = timeline.histories.filter(({ isGone }) => !isGone);
  const ask = async ({ command, taken }: Steered) => {
    const answers = await Promise.all(alive.map(({ name }) => feed.control(name, command, token)));
    // A server refuses what only its client can do, so one process that accepts is enough.
    setAnswer(answers.includes('') ? taken : (answers[0] ?? ''));
  };
  return (
    <fieldset className="steering" disabled={alive.length === 0}>
      <legend className="hidden">Steer the transfer</legend>
      {commands.map((steered) => (
        <button type="button" key={steered.command} onClick={() => void ask(steered)}>
          {steered.title}
        </button>
      ))}
      <span role="status">{answer}</span>
    </fieldset>
  );
}
