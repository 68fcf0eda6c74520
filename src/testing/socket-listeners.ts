import type { SocketLike } from '../transport/socket.js';

type Listener = (event: never) => void;

export interface SocketListeners {
  readonly add: SocketLike['addEventListener'];
  readonly remove: SocketLike['removeEventListener'];
  /** `+open`, `-message`: every call, in order. */
  readonly log: string[];
  /** @throws Error for an `error` event without a listener, as Node does: that ends a process */
  emit(type: string, event: object): void;
}

/** The listeners of a socket, and the order in which they came and went. */
export function createListeners(): SocketListeners {
  const listeners = new Map<string, Set<Listener>>();
  const log: string[] = [];
  const of = (type: string) => {
    const known = listeners.get(type) ?? new Set();
    listeners.set(type, known);
    return known;
  };
  return {
    add: (type: string, listener: Listener) => {
      log.push(`+${type}`);
      of(type).add(listener);
    },
    remove: (type: string, listener: Listener) => {
      log.push(`-${type}`);
      of(type).delete(listener);
    },
    log,
    emit(type, event) {
      const listening = [...of(type)];
      if (type === 'error' && listening.length === 0) throw new Error('an error event without a listener');
      for (const listener of listening) listener(event as never);
    },
  };
}
