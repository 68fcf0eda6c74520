import { TransferError } from '../protocol/errors.js';
import type { Frame } from '../protocol/frame-bytes.js';
import type { AnswerMessage } from '../protocol/messages.js';
import type { Wire } from './socket.actor.js';

/** A frame that waits for its answer, beside the charts: they know it by its uuid only. */
interface Pending {
  readonly frame: Frame;
  readonly kind: string;
  answer: AnswerMessage | null;
  wasSent: boolean;
  /** Tells the chart that the frame has left. */
  left: () => void;
  readonly resolve: (answer: AnswerMessage) => void;
  readonly reject: (error: TransferError) => void;
}

export interface Outbox {
  /** Keeps a frame until its answer is in. The promise rejects where none can come any more. */
  put(uuid: string, kind: string, frame: Frame): Promise<AnswerMessage>;
  /** Hands the frame to the socket; `left` is called once, no later than its answer is told. */
  transmit(uuid: string, wire: Wire, left: () => void): void;
  kind(uuid: string): string | undefined;
  /** Keeps an answer until the chart has seen it; false where nobody waits for it (any more). */
  receive(answer: AnswerMessage): boolean;
  /** The chart has taken the answer. */
  settle(uuid: string): void;
  failAll(error: TransferError): void;
  /** Resolves when nothing waits for its answer; rejects where none can come any more. */
  drained(): Promise<void>;
}

export function createOutbox(): Outbox {
  const pending = new Map<string, Pending>();
  const draining = new Set<{ resolve: () => void; reject: (error: TransferError) => void }>();

  return {
    put(uuid, kind, frame) {
      return new Promise((resolve, reject) => {
        pending.set(uuid, { frame, kind, answer: null, wasSent: false, left: () => {}, resolve, reject });
      });
    },
    transmit(uuid, wire, left) {
      const entry = pending.get(uuid);
      if (entry === undefined) return;
      entry.left = () => {
        entry.left = () => {};
        left();
      };
      wire.send(entry.frame, () => entry.left(), entry.wasSent);
      entry.wasSent = true;
    },
    kind: (uuid) => pending.get(uuid)?.kind,
    receive(answer) {
      const entry = pending.get(answer.uuid);
      if (entry === undefined || entry.answer !== null) return false;
      entry.answer = answer;
      entry.left();
      return true;
    },
    settle(uuid) {
      const entry = pending.get(uuid);
      if (entry?.answer == null) return;
      pending.delete(uuid);
      entry.resolve(entry.answer);
      if (pending.size > 0) return;
      for (const { resolve } of draining) resolve();
      draining.clear();
    },
    failAll(error) {
      const entries = [...pending.values()];
      pending.clear();
      for (const entry of entries) {
        // A frame may still be on its way; its lane is over by then.
        entry.left = () => {};
        entry.reject(error);
      }
      for (const { reject } of draining) reject(error);
      draining.clear();
    },
    async drained() {
      if (pending.size === 0) return;
      await new Promise<void>((resolve, reject) => {
        draining.add({ resolve, reject });
      });
    },
  };
}

/** The `sendFrame` of a dispatcher chart: sends what the outbox keeps. */
export function sendFrameOver(outbox: Outbox, wire: Wire) {
  return (
    { self }: { readonly self: { send(event: { type: 'frame.sent'; uuid: string }): void } },
    { uuid }: { readonly uuid: string },
  ) => outbox.transmit(uuid, wire, () => self.send({ type: 'frame.sent', uuid }));
}

/** An answer's data; an answer with an error as the error that it is. */
export function dataOf({ data, error }: AnswerMessage, url: string, request: string): unknown {
  if (error === null) return data;
  const { code, message, details } = error;
  const answer = message || code;
  throw new TransferError('PEER_ERROR', { url, request, answer, peer: { code, message, details } });
}
