import type { ControlCommand, ToPage } from '../live-messages.js';
import type { ConnectionStatus } from './model/connection.js';
import type { Timeline } from './model/timeline.js';

export type FeedStatus = ConnectionStatus;

/** The feed of an inspector, until the user opens a recording instead. */
export interface Feed {
  readonly status: FeedStatus;
  /** Whether the inspector allows steering. */
  readonly canControl: boolean;
  /** Resolves with '' once the command was carried out; otherwise with the reason why not. */
  control(reporter: string, command: ControlCommand, token: string): Promise<string>;
  subscribe(listener: () => void): () => void;
  stop(): void;
}

/** The feed of a page that has its recording with it. */
export const noFeed: Feed = {
  status: 'off',
  canControl: false,
  control: async () => 'there is no inspector',
  subscribe: () => () => {},
  stop() {},
};

/** A lost inspector is tried again after this. Milliseconds. */
const retryAfter = 1500;

export function connect(timeline: Timeline, url: URL): Feed {
  const listeners = new Set<() => void>();
  const asked = new Map<number, (reason: string) => void>();
  let status: FeedStatus = 'connecting';
  let canControl = false;
  let socket: WebSocket | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let asks = 0;

  function become(next: FeedStatus): void {
    status = next;
    for (const listener of listeners) listener();
  }

  function take(message: ToPage): void {
    if (message.type === 'hello') {
      canControl = message.control;
      become('live');
    }
    if (message.type === 'controlled') {
      asked.get(message.id)?.(message.done ? '' : message.reason);
      asked.delete(message.id);
    }
    timeline.take(message);
  }

  function open(): void {
    socket = new WebSocket(url);
    socket.onmessage = ({ data }) => take(JSON.parse(String(data)) as ToPage);
    socket.onclose = () => {
      for (const settle of asked.values()) settle('the inspector is gone');
      asked.clear();
      if (status === 'off') return;
      become('lost');
      timer = setTimeout(open, retryAfter);
    };
  }
  open();

  return {
    get status() {
      return status;
    },
    get canControl() {
      return canControl;
    },
    control(reporter, command, token) {
      asks += 1;
      const id = asks;
      socket?.send(JSON.stringify({ type: 'control', id, token, reporter, command }));
      return new Promise((resolve) => asked.set(id, resolve));
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    stop() {
      clearTimeout(timer);
      become('off');
      socket?.close();
    },
  };
}
