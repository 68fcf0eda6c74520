import { handles } from '../../../machines/handles.js';
import type { Direction, LifecycleRequest } from '../../../machines/lifecycle.machine.js';
import type { Clock } from '../../ports/clock.js';
import type { Ids } from '../../ports/ids.js';
import type { Step } from '../../protocol/content.js';
import type { Given } from '../../protocol/given.js';
import type { BatchMessage } from '../../protocol/messages.js';
import { negotiate } from '../../protocol/negotiation.js';
import type { MemoryContent } from '../../stores/memory.js';
import type { SocketLike } from '../../transport/socket.js';
import { assetFlows } from '../asset-flows.js';
import { faultOfAnswer } from './answers.js';
import { type Expected, expectationOf, isBegun, type Move, nameOf } from './moves.js';
import { type BatchCheck, createBatchCheck } from './server-batches.js';
import { ask, begin, type Position, settle } from './walk.js';
import { createWire, type Outcome, type WireMessage, wordsOf } from './wire.js';
import { faultOfRefusal, messageOfMove, offerOf } from './wire-messages.js';

/** How a conversation with a server is led. */
export interface ConversationOptions {
  readonly direction: Direction;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly patience: number;
  readonly wording: 'exact' | 'any';
  readonly initParams: Readonly<Record<string, unknown>>;
  /** What a push brings. */
  readonly content: Given<MemoryContent>;
  /** Requests that must not be sent to take leave. */
  readonly mayLeaveWith: (said: readonly string[], request: string) => boolean;
}

/** One connection to a server, and where the chart stands on it. */
export interface Conversation {
  readonly position: Position;
  /** Resolves with null once the connection is open; with what came instead, in words. */
  readonly opened: Promise<string | null>;
  /** Sends a request; resolves with null if the answer is as expected, otherwise with what came, in words. */
  say(move: Move): Promise<string | null>;
  /**
   * Ends the transfer as a client does, since a server may hold resources until then, and closes the connection.
   * Resolves with what the server sent that it should not, in words; the answers are not checked.
   */
  leave(): Promise<string | null>;
}

/** A message that was sent under its own name. */
interface SentMessage {
  readonly name: string;
  readonly message: WireMessage;
}

export function converse(socket: SocketLike, options: ConversationOptions): Conversation {
  const { direction, clock, ids, patience, wording, content } = options;
  const stages = new Map<string, BatchCheck>();
  const givenIds = new Set<string>();
  const sent: SentMessage[] = [];
  const said: string[] = [];
  let position = begin(direction);
  let transferID = ids.uuid();
  let agreed = { checksums: false, encoding: 'base64' as 'base64' | 'buffer' };
  let pushed = 0;
  /** Of a stage whose start is not answered yet. */
  const early: BatchMessage[] = [];

  const wire = createWire(socket, {
    clock,
    patience,
    faultOfBatch(batch) {
      const check = stages.get(batch.id);
      const step = position.context.step ?? 'unknown';
      if (check === undefined && position.hasTag('starting')) {
        early.push(batch);
        return null;
      }
      if (check === undefined) return `a batch of ${step}, unasked`;
      // The chart checks the server's own requests too.
      const isOpen = handles(position, { type: 'request.stepStream', uuid: batch.uuid, step });
      return isOpen ? check.faultOf(batch) : `a batch of ${step}, unasked`;
    },
  });

  function itemsOf({ request, how }: Move): readonly unknown[] {
    if (request.type !== 'request.stepStream') return [];
    const step = request.step as Step;
    if (step !== 'assets') return content[step] ?? [];
    const checksum = how === 'wrong checksum' ? 'wrong' : how === 'no checksum' ? 'none' : 'right';
    return assetFlows(content.assets ?? [], { encoding: agreed.encoding, checksum }).flat();
  }

  /** Notes what an accepted request brings; resolves with what is wrong with its answer. */
  async function faultOfAccepted({ request }: Move, data: unknown, offered: object): Promise<string | null> {
    if (request.type === 'request.stepStart' || request.type === 'request.init') pushed = 0;
    if (request.type === 'request.stepStream') pushed += (content[request.step as Step] ?? []).length;
    const about = { direction, offered: { ...offered }, ids: givenIds, pushed, isBegun: isBegun(position) };
    const fault = faultOfAnswer(request, data, about);
    if (request.type === 'request.stepEnd') pushed = 0;
    if (fault !== null) return `accepted, ${fault}`;
    if (request.type === 'request.init') {
      const { checksums, assetEncoding, ...answer } = negotiate(offered, data);
      transferID = answer.transferID;
      givenIds.add(transferID);
      agreed = { checksums, encoding: assetEncoding };
    }
    if (direction === 'push' || request.type !== 'request.stepStart') return null;
    return faultOfStage(request.step as Step, (data as { id: string }).id);
  }

  async function faultOfStage(step: Step, id: string): Promise<string | null> {
    givenIds.add(id);
    const check = createBatchCheck(step, agreed.checksums);
    stages.set(id, check);
    for (const batch of early.splice(0)) {
      const fault = batch.id === id ? check.faultOf(batch) : 'with a batch of another stage';
      if (fault !== null) return `accepted, ${fault}`;
    }
    const hasEnded = await wire.stageEnded(id);
    return wire.complaint ?? (hasEnded ? null : 'accepted, without a last batch');
  }

  /** The message of a move; of one that comes late, the one that was sent before. */
  function messageFor(move: Move, params: Readonly<Record<string, unknown>>): WireMessage | null {
    const { request, how } = move;
    if (how === 'late') return sent.findLast(({ name }) => name === request.uuid)?.message ?? null;
    const uuid = ids.uuid();
    if (expectationOf(position, move) === 'accepted')
      position = ask(position, { ...request, uuid } as LifecycleRequest);
    const message = messageOfMove(move, { uuid, transferID, initParams: params, items: itemsOf(move) });
    sent.push({ name: request.uuid, message });
    return message;
  }

  async function say(move: Move): Promise<string | null> {
    const { request, how } = move;
    const expected: Expected = expectationOf(position, move) ?? 'accepted';
    said.push(nameOf(move));
    // Nothing was agreed that could be broken.
    if (expected === 'CHECKSUM_MISMATCH' && (!agreed.checksums || (content.assets ?? []).length === 0))
      return null;
    const offered = offerOf(how, options.initParams);
    const place = position;
    const message = messageFor(move, offered);
    if (message === null) return null;
    if (how === 'late' || how === 'twice') wire.send(message);
    if (how === 'late') return wire.complaint;
    const outcome = await wire.ask(message);
    if (wire.complaint !== null) return wire.complaint;
    const fault = faultOfOutcome(outcome, expected);
    if (fault !== null) {
      if (outcome.kind === 'accepted') follow(place, request);
      return fault;
    }
    if (outcome.kind !== 'accepted') return null;
    position = settle(position, message.uuid, true);
    const wrong = await faultOfAccepted(move, outcome.data, offered);
    if (wrong !== null || how !== 'again') return wrong;
    const second = await wire.ask(message);
    if (wire.complaint !== null) return wire.complaint;
    return second.kind === 'accepted' ? null : `${wordsOf(second)} to the same message again`;
  }

  function faultOfOutcome(outcome: Outcome, expected: Expected): string | null {
    if (expected === 'accepted') return outcome.kind === 'accepted' ? null : wordsOf(outcome);
    if (outcome.kind !== 'refused') return wordsOf(outcome);
    const fault = faultOfRefusal(outcome.error, expected, wording);
    return fault === null ? null : `refused: ${fault}`;
  }

  /** Goes where a server went that took what it should have refused: it must be left from there. */
  function follow(place: Position, request: Move['request']): void {
    if (request.type === 'request.invalid' || !handles(place, request)) return;
    position = settle(ask(place, request), request.uuid, true);
  }

  async function leave(): Promise<string | null> {
    for (const name of ['rollback', 'close', 'end'] as const) {
      const request: LifecycleRequest = { type: `request.${name}`, uuid: name };
      if (position.hasTag('ended') || !options.mayLeaveWith(said, name) || !handles(position, request))
        continue;
      const message = messageFor({ request }, options.initParams);
      const outcome = message === null ? null : await wire.ask(message);
      if (message === null || outcome?.kind !== 'accepted') break;
      position = settle(position, message.uuid, true);
      said.push(name);
    }
    wire.close();
    return wire.complaint;
  }

  return {
    get position() {
      return position;
    },
    opened: wire.opened.then((outcome) => outcome && wordsOf(outcome)),
    say,
    leave,
  };
}
