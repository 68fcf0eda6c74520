import { isDeepStrictEqual } from 'node:util';
import type { Clock } from '../../ports/clock.js';
import { parseJson } from '../../protocol/json.js';
import { defaultLimits } from '../../protocol/limits.js';
import type { BatchMessage, WireError } from '../../protocol/messages.js';
import { parseServerMessage } from '../../protocol/validate.js';
import type { SocketLike } from '../../transport/socket.js';
import { faultOf } from './answers.js';

/** The outcome of one request. */
export type Outcome =
  | { readonly kind: 'accepted'; readonly data: unknown }
  | { readonly kind: 'refused'; readonly error: WireError }
  | { readonly kind: 'silence'; readonly ms: number }
  | { readonly kind: 'closed'; readonly code: number };

/** A message as it goes over the wire. */
export type WireMessage = { readonly uuid: string } & Readonly<Record<string, unknown>>;

/** A client that sends what the test tells it, in or out of order, and waits for each answer. */
export interface Wire {
  /** Resolves with null once the socket is open; with the outcome if it never opens. */
  readonly opened: Promise<Outcome | null>;
  /** What the server sent that is no message, or that nothing had asked for, in words: the first of them. */
  readonly complaint: string | null;
  /** Sends a message, or one that was sent before: then an answer from before does not count. */
  ask(message: WireMessage): Promise<Outcome>;
  /** Sends a message once more. Where it is answered, the answer must be that from before. */
  send(message: WireMessage): void;
  /** Resolves with true once the last batch of stage `id` has come; with false if none comes. */
  stageEnded(id: unknown): Promise<boolean>;
  close(): void;
}

interface WireOptions {
  readonly clock: Clock;
  /** Milliseconds that an answer may take. */
  readonly patience: number;
  /** Called with every batch before it is confirmed; what is wrong with it, in words. */
  readonly faultOfBatch: (batch: BatchMessage) => string | null;
}

/** What was sent under one uuid, and what was answered to it. */
interface Exchange {
  sendings: number;
  /** It was sent again when others had been sent since. */
  isLate: boolean;
  readonly answers: Outcome[];
}

const closing = 2;

export function createWire(socket: SocketLike, { clock, patience, faultOfBatch }: WireOptions): Wire {
  const exchanges = new Map<string, Exchange>();
  const batches = new Set<string>();
  const endedStages = new Set<unknown>();
  const waiting = new Set<() => void>();
  let complaint: string | null = null;
  let lastSent: string | null = null;
  let end: Outcome | null = socket.readyState >= closing ? { kind: 'closed', code: 1006 } : null;
  const look = () => {
    for (const one of [...waiting]) one();
  };
  const complain = (fault: string | null) => {
    complaint ??= fault;
  };

  socket.addEventListener('error', () => {});
  socket.addEventListener('close', ({ code }) => {
    end = { kind: 'closed', code };
    look();
  });
  socket.addEventListener('open', look);
  socket.addEventListener('message', ({ data }) => {
    const text = textOf(data);
    const fault = faultOf(() => parseServerMessage(text));
    if (fault === null) receive(text);
    else complain(`a message that is none, ${fault}`);
    look();
  });

  function receive(text: string): void {
    const message = parseServerMessage(text);
    if (message.kind === 'batch') receiveBatch(message.batch);
    if (message.kind !== 'answer') return;
    const { uuid, data, error } = message.answer;
    const fields = parseJson(text, defaultLimits) as object;
    const lacking = ['data', 'error'].find((name) => !(name in fields));
    if (lacking !== undefined) complain(`an answer without ${lacking}`);
    receiveAnswer(uuid, error === null ? { kind: 'accepted', data } : { kind: 'refused', error });
  }

  function receiveBatch(batch: BatchMessage): void {
    complain(batches.has(batch.uuid) ? 'the same batch again' : faultOfBatch(batch));
    batches.add(batch.uuid);
    if (batch.ended) endedStages.add(batch.id);
    socket.send(JSON.stringify({ uuid: batch.uuid }));
  }

  function receiveAnswer(uuid: string, outcome: Outcome): void {
    const exchange = exchanges.get(uuid);
    if (exchange === undefined) {
      complain('an answer to a message that was never sent');
      return;
    }
    const { answers, sendings } = exchange;
    answers.push(outcome);
    if (answers.length > sendings)
      complain(`${answers.length} answers to a message that was sent ${sendings} times`);
    const [first] = answers;
    if (isDeepStrictEqual(first, outcome)) return;
    const words = outcome.kind === 'accepted' ? 'another answer' : wordsOf(outcome);
    complain(`${words} to the same message again${exchange.isLate ? ', after others' : ''}`);
  }

  function until<T>(find: () => T | null): Promise<T | null> {
    return new Promise((resolve) => {
      const stop = (found: T | null) => {
        clock.clearTimeout(timer);
        waiting.delete(check);
        resolve(found);
      };
      const check = () => {
        const found = find();
        if (found !== null || end !== null || complaint !== null) stop(found);
      };
      const timer = clock.setTimeout(() => stop(null), patience);
      waiting.add(check);
      check();
    });
  }

  function send(message: WireMessage): Exchange {
    const exchange = exchanges.get(message.uuid) ?? { sendings: 0, isLate: false, answers: [] };
    exchanges.set(message.uuid, exchange);
    exchange.sendings += 1;
    exchange.isLate ||= exchange.sendings > 1 && lastSent !== message.uuid;
    lastSent = message.uuid;
    if (end === null) socket.send(JSON.stringify(message));
    return exchange;
  }

  async function ask(message: WireMessage): Promise<Outcome> {
    const { answers } = send(message);
    const place = answers.length;
    const answer = await until(() => answers[place] ?? null);
    return answer ?? end ?? { kind: 'silence', ms: patience };
  }

  return {
    opened: until(() => (socket.readyState === 1 ? true : null)).then((isOpen) =>
      isOpen === true ? null : (end ?? { kind: 'silence', ms: patience }),
    ),
    get complaint() {
      return complaint;
    },
    ask,
    send: (message) => void send(message),
    stageEnded: async (id) => (await until(() => endedStages.has(id) || null)) === true,
    close: () => socket.close(),
  };
}

const decoder = new TextDecoder();
const textOf = (data: unknown) =>
  typeof data === 'string' ? data : decoder.decode(data as Uint8Array<ArrayBuffer>);

/** An outcome, for people. */
export function wordsOf(outcome: Outcome): string {
  if (outcome.kind === 'accepted') return 'accepted';
  if (outcome.kind === 'refused') return `refused: ${outcome.error.message}`;
  if (outcome.kind === 'silence') return `no answer in ${outcome.ms} ms`;
  return `the connection closed with ${outcome.code}`;
}
