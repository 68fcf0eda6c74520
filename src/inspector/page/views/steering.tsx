import { useRef, useState } from 'react';
import type { ControlCommand } from '../../live-messages.js';
import type { Feed } from '../feed.js';
import { pendingWords, type Steering, steeringOf } from '../model/steering.js';
import type { View } from '../model/timeline.js';

export interface SteerProps {
  /** As it stands now, even if the page shows another moment. */
  readonly views: readonly View[];
  readonly feed: Feed;
  readonly token: string;
}

/** The message once a process has accepted the command. */
const taken: Readonly<Record<ControlCommand, string>> = {
  pause: 'will rest before what comes next',
  resume: 'goes on',
  cut: 'was cut',
  abort: 'is being aborted',
};

/** Shown only if the page was opened by the link with the token. It asks before it does what cannot be taken back. */
export function Steer({ views, feed, token }: SteerProps) {
  const [answer, setAnswer] = useState('');
  const [asked, setAsked] = useState<Steering | null>(null);
  const dialog = useRef<HTMLDialogElement>(null);
  const alive = views.filter(({ history }) => !history.isGone).map(({ history }) => history.name);
  const pending = pendingWords(views);
  const steerings = steeringOf(views);
  const pause = steerings.find(({ command, isEnabled }) => command === 'pause' && isEnabled);

  async function send(command: ControlCommand): Promise<void> {
    const answers = await Promise.all(alive.map((name) => feed.control(name, command, token)));
    // A server refuses what only its client can do, so one process that accepts is enough.
    setAnswer(answers.includes('') ? taken[command] : (answers[0] ?? ''));
  }

  function press(steering: Steering): void {
    setAnswer('');
    if (steering.question === '') return void send(steering.command);
    setAsked(steering);
    dialog.current?.showModal();
  }

  return (
    <fieldset className="steering">
      <legend className="hidden">Steer the transfer</legend>
      {steerings.map((steering) => (
        <button
          type="button"
          key={steering.command}
          className={steering.question === '' ? '' : 'grave'}
          disabled={!steering.isEnabled}
          title={steering.says}
          aria-description={steering.says}
          onClick={() => press(steering)}
        >
          {steering.title}
        </button>
      ))}
      <span role="status">{pending === '' ? answer : pending}</span>
      {pending === '' && answer === '' && pause !== undefined && (
        <span className="quiet hint" aria-hidden="true">
          {pause.says}
        </span>
      )}
      <dialog ref={dialog} aria-labelledby="question" onClose={() => setAsked(null)}>
        <p id="question">{asked?.question}</p>
        <form method="dialog">
          {/* biome-ignore lint/a11y/noAutofocus: a dialog begins at the answer that changes nothing */}
          <button type="submit" autoFocus>
            Leave it
          </button>
          <button type="submit" className="grave" onClick={() => asked !== null && void send(asked.command)}>
            Yes: {asked?.title.toLowerCase()}
          </button>
        </form>
      </dialog>
    </fieldset>
  );
}
