import type { EventObject } from 'xstate';

interface Taking<E extends EventObject> {
  readonly status: string;
  can(event: E): boolean;
}

interface Receiver<E extends EventObject> {
  getSnapshot(): Taking<E>;
  send(event: E): void;
}

/** Whether a chart takes an event where it stands. What is at its end takes nothing; XState's `can` knows only of transitions. */
export const takes = <E extends EventObject>(snapshot: Taking<E>, event: E): boolean =>
  snapshot.status === 'active' && snapshot.can(event);

/** Sends an event that the chart takes; false, and nothing is sent, where it does not. */
export function sendIfTaken<E extends EventObject>(actor: Receiver<E>, event: E): boolean {
  if (!takes(actor.getSnapshot(), event)) return false;
  actor.send(event);
  return true;
}
