import type { ControlCommand } from '../../live-messages.js';
import { type Found, mainOf, runs } from './ends.js';
import { isAfterwards, isPaused, phaseNoun, phaseOf } from './phases.js';
import type { View } from './timeline.js';

/** A button that steers. */
export interface Steering {
  readonly command: ControlCommand;
  readonly title: string;
  /** What it will do, or why it cannot be pressed. */
  readonly says: string;
  readonly isEnabled: boolean;
  /** The question before it is done; empty where it can be taken back. */
  readonly question: string;
}

/** What can be done with the transfer now, and what each button will do. */
export function steeringOf(views: readonly View[]): readonly Steering[] {
  const main = mainOf(views);
  const isRunning = main?.actor.step?.status === 'active' && !main.view.history.isGone;
  const phase =
    main === null || !runs(main.actor.actor, 'transfer') ? '' : phaseOf(main.actor.step?.value ?? '');
  const isPast = isAfterwards(phase);
  const [paused, asked] = [isPaused(main?.actor.step?.value ?? ''), main !== null && isAskedToPause(main)];
  const ended = 'It has ended.';
  const onlyTransfers = 'The client decides what comes next: only its own process can pause it.';
  const pauseSays = () => {
    if (!isRunning) return ended;
    if (phase === '') return onlyTransfers;
    if (isPast) return 'Nothing comes next that could wait.';
    if (paused) return `It is paused before ${phaseNoun(phase)}.`;
    return asked ? `It is already pausing ${gateOf(phase)}.` : `Pauses ${gateOf(phase)}.`;
  };
  const resumeSays = () => {
    if (!isRunning) return ended;
    if (paused) return `Goes on with ${phaseNoun(phase)}.`;
    return asked ? 'Takes the pause back.' : 'It is not paused.';
  };
  const cut = 'Terminates its sockets without a closing handshake, as a dead line would. The transfer fails.';
  const abort =
    'Says goodbye to its servers and ends. The destination stays what it was, or becomes it again.';
  return [
    {
      command: 'pause',
      title: 'Pause',
      says: pauseSays(),
      isEnabled: isRunning && phase !== '' && !isPast && !asked,
      question: '',
    },
    {
      command: 'resume',
      title: 'Resume',
      says: resumeSays(),
      isEnabled: isRunning && asked,
      question: '',
    },
    {
      command: 'cut',
      title: 'Cut the socket',
      says: isRunning ? cut : ended,
      isEnabled: isRunning && !isPast,
      question: `Cut the socket? ${cut}`,
    },
    {
      command: 'abort',
      title: 'Abort',
      says: isRunning ? abort : ended,
      isEnabled: isRunning && !isPast,
      question: `Abort the transfer? ${abort}`,
    },
  ];
}

/** Where the next gate is. */
function gateOf(phase: string): string {
  if (['opening', 'comparing', 'checking', 'preparing'].includes(phase))
    return 'before the destination is cleared';
  return `after ${phaseNoun(phase)}`;
}

/** Until it goes on, in a pause too. */
const isAskedToPause = ({ actor }: Found): boolean => actor.step?.context?.['pauseIsAsked'] === true;

/** What the page says beside its buttons without being asked; empty where nothing is pending. */
export function pendingWords(views: readonly View[]): string {
  const main = mainOf(views);
  if (main === null || !isAskedToPause(main) || main.actor.step?.status !== 'active') return '';
  const value = main.actor.step.value;
  return isPaused(value) ? '' : `pausing ${gateOf(phaseOf(value))}`;
}
