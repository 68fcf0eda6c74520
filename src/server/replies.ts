import { encodeAnswer } from '../protocol/answers.js';
import { type ErrorCode, type ErrorDetails, TransferError } from '../protocol/errors.js';
import { keepNewest } from '../transport/keep-newest.js';
import type { Wire } from '../transport/socket.actor.js';

/** What a message holds beside its request. */
export interface Received {
  /** Rows, params, or what else the message brings. */
  readonly content?: unknown;
  /** Fills the message of a refusal. */
  readonly about: ErrorDetails;
}

/** The messages of one client, from received to answered, and the answers that it may need again. */
export interface Replies {
  /** Keeps what a message holds until it is answered, under its uuid. */
  receive(uuid: string, received: Received): void;
  /** The same, until it is answered. */
  received(uuid: string): Received | undefined;
  /** The charts take the message: another one of this uuid is a repetition from now on. */
  remember(uuid: string): void;
  /** Whether a message of this uuid was taken before. */
  wasSeen(uuid: string): boolean;
  /** Answers a message: with `data`, or with an error as a Strapi words it. */
  answer(uuid: string, data: unknown, error?: TransferError): void;
  /**
   * A message has come again: sends its answer again if that was null, or the last one. `isOver`: the session takes no
   * more messages, and answers so.
   */
  repeat(uuid: string, isOver: boolean): void;
  /** Answers a message without a uuid. */
  answerUnaddressed(): void;
  /** Resolves when all answers have left. Answers to a peer that does not read would pile up in this process. */
  drained(): Promise<void>;
  /** The first error that a message was answered with. */
  readonly firstError: ErrorCode | null;
}

/** Messages whose uuid is remembered: a resend comes soon or not at all. */
const rememberedUuids = 10_000;

/** A message that awaits its answer, or how it was answered: an answer of null can be given again without being kept. */
type Message = { readonly received: Received; isTaken: boolean } | 'null' | 'answered';

/** The messages of one client over `wire`, which takes the answers. */
export function createReplies(wire: Wire): Replies {
  const messages = new Map<string, Message>();
  let last: { readonly uuid: string; readonly frame: string } | null = null;
  let firstError: ErrorCode | null = null;
  /** Answers that have not left this process yet. */
  let onItsWay = 0;
  let wakeDrained = () => {};

  function send(frame: string): void {
    onItsWay += 1;
    wire.send(frame, () => {
      onItsWay -= 1;
      if (onItsWay === 0) wakeDrained();
    });
  }

  function wasSeen(uuid: string): boolean {
    const message = messages.get(uuid);
    return typeof message === 'object' ? message.isTaken : message !== undefined;
  }

  function answer(uuid: string, data: unknown, error?: TransferError): void {
    const frame = encodeAnswer({ uuid, data: data ?? null, error });
    firstError ??= error?.code ?? null;
    last = { uuid, frame };
    if (messages.has(uuid)) messages.set(uuid, error === undefined && data == null ? 'null' : 'answered');
    send(frame);
  }

  return {
    receive(uuid, received) {
      if (!wasSeen(uuid)) messages.set(uuid, { received, isTaken: false });
    },
    received(uuid) {
      const message = messages.get(uuid);
      return typeof message === 'object' ? message.received : undefined;
    },
    remember(uuid) {
      const message = messages.get(uuid);
      if (typeof message === 'object') message.isTaken = true;
      keepNewest(messages, rememberedUuids);
    },
    wasSeen,
    answer,
    repeat(uuid, isOver) {
      // Repeat no answer that is still on its way.
      if (onItsWay > 0) return;
      const message = messages.get(uuid);
      if (isOver && message !== undefined) {
        answer(uuid, null, new TransferError('TRANSFER_TERMINATED', { request: 'a message again' }));
      } else if (last?.uuid === uuid) send(last.frame);
      else if (message === 'null') send(encodeAnswer({ uuid }));
    },
    answerUnaddressed() {
      // Send no second one before the first has left: the peer may not be reading.
      if (onItsWay === 0) send(encodeAnswer({ error: new TransferError('MISSING_UUID') }));
    },
    async drained() {
      if (onItsWay === 0) return;
      await new Promise<void>((resolve) => {
        wakeDrained = resolve;
      });
    },
    get firstError() {
      return firstError;
    },
  };
}
