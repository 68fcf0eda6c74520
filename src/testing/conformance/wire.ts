import type { LifecycleRequest } from '../../../machines/lifecycle.machine.js';
import type { Clock } from '../../ports/clock.js';
import { type ErrorCode, type ErrorRow, errorTable } from '../../protocol/errors.js';
import type { WireError } from '../../protocol/messages.js';
import type { SocketLike } from '../../transport/socket.js';

/** The outcome of one request. */
export type Outcome =
  | { readonly kind: 'accepted'; readonly data: unknown }
  | { readonly kind: 'refused'; readonly error: WireError }
  | { readonly kind: 'silence'; readonly ms: number }
  | { readonly kind: 'closed'; readonly code: number };

/** A message as it goes over the wire. */
export type WireMessage = { readonly uuid: string } & Readonly<Record<string, unknown>>;

/** A batch that a server has sent. */
interface SentBatch {
  readonly uuid: string;
  readonly id: unknown;
  readonly ended: boolean;
}

/** A client that sends what the test tells it, in or out of order, and waits for each answer. */
export interface Wire {
  /** Resolves with null once the socket is open; with the outcome if it never opens. */
  readonly opened: Promise<Outcome | null>;
  ask(message: WireMessage): Promise<Outcome>;
  /** Sends the same message again; an answer from before does not count. */
  askAgain(message: WireMessage): Promise<Outcome>;
  /** Resolves with true once the last batch of stage `id` has come; with false if none comes. */
  stageEnded(id: unknown): Promise<boolean>;
  close(): void;
}

interface WireOptions {
  readonly clock: Clock;
  /** Milliseconds that an answer may take. */
  readonly patience: number;
  /** Called with every batch before it is confirmed. */
  readonly onBatch: (batch: SentBatch) => void;
}

const closing = 2;

export function createWire(socket: SocketLike, { clock, patience, onBatch }: WireOptions): Wire {
  const answers = new Map<string, Outcome>();
  const endedStages = new Set<unknown>();
  const waiting = new Set<() => void>();
  let end: Outcome | null = socket.readyState >= closing ? { kind: 'closed', code: 1006 } : null;
  const look = () => {
    for (const one of [...waiting]) one();
  };

  socket.addEventListener('error', () => {});
  socket.addEventListener('close', ({ code }) => {
    end = { kind: 'closed', code };
    look();
  });
  socket.addEventListener('open', look);
  socket.addEventListener('message', ({ data }) => {
    const frame = JSON.parse(textOf(data)) as { uuid: string; data: unknown; error?: WireError | null };
    const { type, ended, id } = Object(frame.data) as Record<string, unknown>;
    if (type === 'transfer' && typeof ended === 'boolean') {
      onBatch({ uuid: frame.uuid, id, ended });
      if (ended) endedStages.add(id);
      socket.send(JSON.stringify({ uuid: frame.uuid }));
    } else if ('error' in frame) {
      const { error } = frame;
      answers.set(frame.uuid, error ? { kind: 'refused', error } : { kind: 'accepted', data: frame.data });
    }
    look();
  });

  function until<T>(find: () => T | null): Promise<T | null> {
    return new Promise((resolve) => {
      const stop = (found: T | null) => {
        clock.clearTimeout(timer);
        waiting.delete(check);
        resolve(found);
      };
      const check = () => {
        const found = find();
        if (found !== null || end !== null) stop(found);
      };
      const timer = clock.setTimeout(() => stop(null), patience);
      waiting.add(check);
      check();
    });
  }

  const wire: Wire = {
    opened: until(() => (socket.readyState === 1 ? true : null)).then((isOpen) =>
      isOpen === true ? null : (end ?? { kind: 'silence', ms: patience }),
    ),
    async ask(message) {
      if (end === null) socket.send(JSON.stringify(message));
      const answer = await until(() => answers.get(message.uuid) ?? null);
      return answer ?? end ?? { kind: 'silence', ms: patience };
    },
    askAgain(message) {
      answers.delete(message.uuid);
      return wire.ask(message);
    },
    stageEnded: async (id) => (await until(() => endedStages.has(id) || null)) === true,
    close: () => socket.close(),
  };
  return wire;
}

const decoder = new TextDecoder();
const textOf = (data: unknown) =>
  typeof data === 'string' ? data : decoder.decode(data as Uint8Array<ArrayBuffer>);

/** A request of the chart as it goes over the wire, under a uuid of its own. */
export function messageOf(
  request: LifecycleRequest,
  about: { uuid: string; transferID: string; initParams: object },
): WireMessage {
  const { uuid, transferID } = about;
  const name = request.type.slice('request.'.length);
  if (name === 'init') return { type: 'command', command: name, params: about.initParams, uuid };
  if (name === 'end') return { type: 'command', command: name, params: { transferID }, uuid };
  if (name === 'status') return { type: 'command', command: name, uuid };
  if (!('step' in request)) return { type: 'transfer', kind: 'action', action: name, uuid, transferID };
  const action = name.slice('step'.length).toLowerCase();
  const data = action === 'stream' ? { data: [] } : {};
  return { type: 'transfer', kind: 'step', action, step: request.step, ...data, uuid, transferID };
}

/** Whether an error on the wire has that code, with any values in the placeholders of its message. */
export function isErrorOf(error: WireError, code: ErrorCode): boolean {
  const { wire }: ErrorRow = errorTable[code];
  if (wire === undefined) return error.code === code;
  const pattern = wire.message
    .split(/\{\w+\}/)
    .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('[^]*');
  return error.code === (wire.code ?? 'Error') && new RegExp(`^${pattern}$`).test(error.message);
}
