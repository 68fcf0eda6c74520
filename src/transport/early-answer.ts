import type { Duplex } from 'node:stream';
import type { Clock } from '../ports/clock.js';

/** What every answer begins with. */
const beginning = 'HTTP/1.1 ';

/** Milliseconds. */
const patience = 500;

/**
 * Writes the first bytes of the answer to an upgrade when the rest is not known yet. engine.io (socket.io) on the same
 * server ends every upgrade to which nothing was written within a second, this one too. The first write to the socket after
 * that has to begin the answer, and is sent without those bytes.
 *
 * @returns call it when the answer is known: from then on nothing is written early
 */
export function beginInTime(socket: Duplex, clock: Clock): () => void {
  const timer = clock.setTimeout(() => {
    if (socket.destroyed || !socket.writable) return;
    socket.write(beginning, 'latin1');
    continueAnswer(socket);
  }, patience);
  return () => clock.clearTimeout(timer);
}

function continueAnswer(socket: Duplex): void {
  const { write, end } = socket;
  const first =
    (method: typeof write | typeof end) =>
    (answer: unknown, ...rest: unknown[]) => {
      Object.assign(socket, { write, end });
      return Reflect.apply(method, socket, [withoutBeginning(answer), ...rest]);
    };
  Object.assign(socket, { write: first(write), end: first(end) });
}

const withoutBeginning = (answer: unknown): unknown =>
  typeof answer === 'string' && answer.startsWith(beginning) ? answer.slice(beginning.length) : answer;
