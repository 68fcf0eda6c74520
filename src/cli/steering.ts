import { handles } from '../../machines/handles.js';
import type { ControlCommand } from '../inspector/live-messages.js';
import type { Session } from '../server/session.js';
import type { Transfer } from '../transfer/create-transfer.js';

/** What stands in "The transfer was aborted". */
const by = 'the inspector’s page';

/** A transfer, or a merge. */
export interface Steered extends Pick<Transfer, 'abort' | 'cut' | 'pause' | 'resume'> {
  readonly actor: {
    getSnapshot(): { readonly status: string; can(event: { readonly type: 'abort' }): boolean };
  };
}

/** `null`: it has not begun. @throws Error with the reason, for the page */
export function steerTransfer(transfer: Steered | null, command: ControlCommand): void {
  if (transfer === null) throw new Error('the transfer has not begun yet');
  switch (command) {
    case 'pause':
      if (!transfer.pause()) throw new Error('too late: nothing is left that it could rest before');
      return;
    case 'resume':
      if (!transfer.resume()) throw new Error('it was not asked to pause');
      return;
    case 'cut':
      if (!transfer.cut()) throw new Error('there is no socket to cut: no end is a server, or it is closed');
      return;
    case 'abort':
      if (!handles(transfer.actor.getSnapshot(), { type: 'abort' })) throw new Error('it is already ending');
      transfer.abort(by);
      return;
  }
}

/** Clients say what comes next, so a server has nothing to pause. @throws Error with the reason, for the page */
export function steerSessions(sessions: Iterable<Session>, command: ControlCommand): void {
  if (command === 'pause' || command === 'resume') {
    throw new Error('a server cannot pause: its client says what comes next');
  }
  const steered = [...sessions].filter((session) => session[command]());
  if (steered.length === 0) throw new Error('no transfer is open');
}
