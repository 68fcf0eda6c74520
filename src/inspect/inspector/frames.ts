import { on } from 'node:events';
import type { WebSocket } from 'ws';
import { isObject } from '../../protocol/plain-object.js';

/** The frames of a WebSocket, one at a time: more than a few are not read ahead. */
export interface Frames {
  /** The next one; empty where it is no JSON object. Rejects when the connection is over. */
  next(): Promise<Readonly<Record<string, unknown>>>;
  /** Leaves the frames that come from now on to others. */
  stop(): void;
}

const mostAhead = 16;

export function framesOf(webSocket: WebSocket): Frames {
  const frames = on(webSocket, 'message', { close: ['close'], highWaterMark: mostAhead });
  return {
    async next() {
      const { value, done } = await frames.next();
      if (done === true) throw new Error('it has closed the connection');
      return messageIn(value[0]);
    },
    stop: () => void frames.return?.(),
  };
}

function messageIn(data: unknown): Readonly<Record<string, unknown>> {
  try {
    const message: unknown = JSON.parse(String(data));
    return isObject(message) ? message : {};
  } catch {
    return {};
  }
}
