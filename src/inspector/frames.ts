import { on } from 'node:events';
import type { WebSocket } from 'ws';
import { isObject } from '../protocol/plain-object.js';

/** The frames of a WebSocket, one at a time; only a few are read ahead. */
export interface Frames {
  /** The next frame; an empty object if it is no JSON object. Rejects once the connection is closed. */
  next(): Promise<Readonly<Record<string, unknown>>>;
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
