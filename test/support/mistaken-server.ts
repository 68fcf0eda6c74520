import type { SocketLike } from '../../src/transport/socket.js';

/** A message of either end, as it stands on the wire. */
export type OnTheWire = Readonly<Record<string, unknown>>;

/** What is wrong with a server that is right otherwise. */
export interface Mistake {
  /** What the server hears in place of a message of its client; a message of `answers` is an answer without it. */
  readonly hears?: (message: OnTheWire, answers: (frame: OnTheWire) => void) => OnTheWire | null;
  /** What the server says in place of a message of its own. */
  readonly says?: (message: OnTheWire) => readonly (OnTheWire | string)[];
}

/** The client's end of a connection to a good server, through which it seems to make one mistake. */
export function mistaken(
  socket: SocketLike,
  { hears = (message) => message, says = (message) => [message] }: Mistake,
): SocketLike {
  const send = socket.send.bind(socket);
  const listen = socket.addEventListener.bind(socket) as (
    type: string,
    listener: (event: never) => void,
  ) => void;
  const listeners: ((event: never) => void)[] = [];
  const text = (said: OnTheWire | string) => (typeof said === 'string' ? said : JSON.stringify(said));
  const deliver = (said: OnTheWire | string) => {
    for (const listener of listeners) listener({ data: text(said) } as never);
  };
  return Object.assign(Object.create(socket) as SocketLike, {
    send(frame: string) {
      const heard = hears(JSON.parse(frame) as OnTheWire, (answer) => queueMicrotask(() => deliver(answer)));
      if (heard !== null) send(JSON.stringify(heard));
    },
    addEventListener(type: string, listener: (event: never) => void) {
      if (type !== 'message') return listen(type, listener);
      listeners.push(listener);
      listen(type, ({ data }: { data: string | Uint8Array }) => {
        for (const said of says(
          JSON.parse(String(typeof data === 'string' ? data : Buffer.from(data))) as OnTheWire,
        ))
          listener({ data: text(said) } as never);
      });
    },
  });
}

/** Changes the data of each answer that accepts something. */
export const answering = (change: (data: OnTheWire) => unknown) => ({
  says: (message: OnTheWire) =>
    'error' in message && message['error'] === null
      ? [{ ...message, data: change(Object(message['data'])) }]
      : [message],
});

/** Changes each error. */
export const refusing = (change: (error: OnTheWire) => OnTheWire | null) => ({
  says: (message: OnTheWire) =>
    message['error'] === null || message['error'] === undefined
      ? [message]
      : [{ ...message, error: change(message['error'] as OnTheWire) }],
});

/** Changes each batch of a pull. */
export const sending = (change: (batch: OnTheWire, message: OnTheWire) => readonly OnTheWire[]) => ({
  says(message: OnTheWire) {
    const batch = Object(message['data']) as OnTheWire;
    if (batch['type'] !== 'transfer') return [message];
    return change(batch, message).map((data) => ({ ...message, data }));
  },
});
