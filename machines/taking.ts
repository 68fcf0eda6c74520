import type { EventObject } from 'xstate';

interface Taking<E extends EventObject> {
  readonly status: string;
  can(event: E): boolean;
}

interface Receiver<E extends EventObject> {
  getSnapshot(): Taking<E>;
  send(event: E): void;
}

/** Whether a chart takes an event in its state. A chart that has ended takes none; XState's `can` sees only transitions. */
export const takes = <E extends EventObject>(snapshot: Taking<E>, event: E): boolean =>
  snapshot.status === 'active' && snapshot.can(event);

/** Sends an event if the chart takes it; otherwise sends nothing and returns false. */
export function sendIfTaken<E extends EventObject>(actor: Receiver<E>, event: E): boolean {
  if (!takes(actor.getSnapshot(), event)) return false;
  actor.send(event);
  return true;
}
