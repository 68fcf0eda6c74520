import { createListeners } from '../../src/testing/socket-listeners.js';
import type { SocketLike } from '../../src/transport/socket.js';

/** Two ends of one connection in this process, open from the start. What is sent arrives in the next microtask. */
export function createSocketPair(): readonly [SocketLike, SocketLike] {
  const ends = [createListeners(), createListeners()] as const;
  let readyState = 1;
  const endWith = (code: number, reason: string) => {
    if (readyState === 3) return;
    readyState = 3;
    for (const { emit } of ends) emit('close', { code, reason });
  };
  const end = (mine: 0 | 1): SocketLike => ({
    get readyState() {
      return readyState;
    },
    send(frame, done) {
      if (readyState !== 1) return done?.(new Error('the socket is closed'));
      queueMicrotask(() => {
        done?.();
        if (readyState === 1) ends[mine === 0 ? 1 : 0].emit('message', { data: frame });
      });
    },
    close: (code = 1005, reason = '') => queueMicrotask(() => endWith(code, reason)),
    terminate: () => queueMicrotask(() => endWith(1006, '')),
    addEventListener: ends[mine].add,
    removeEventListener: ends[mine].remove,
  });
  return [end(0), end(1)];
}
