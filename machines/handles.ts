import type { EventObject } from 'xstate';

interface Snapshot<E extends EventObject> {
  readonly status: string;
  can(event: E): boolean;
}

interface Receiver<E extends EventObject> {
  getSnapshot(): Snapshot<E>;
  send(event: E): void;
}

/** Whether a chart takes an event in its state. A chart that has ended takes none; XState's `can` sees only transitions. */
export const handles = <E extends EventObject>(snapshot: Snapshot<E>, event: E): boolean =>
  snapshot.status === 'active' && snapshot.can(event);

export function sendIfHandled<E extends EventObject>(actor: Receiver<E>, event: E): boolean {
  if (!handles(actor.getSnapshot(), event)) return false;
  actor.send(event);
  return true;
}
