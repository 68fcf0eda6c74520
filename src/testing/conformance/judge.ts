import { handles } from '../../../machines/handles.js';
import type { Direction, LifecycleRequest } from '../../../machines/lifecycle.machine.js';
import { isStep } from '../../protocol/content.js';
import { parseRequestMessage } from '../../protocol/request-message.js';
import type { ScriptedBatch, ScriptedPeer, SentMessage } from '../scripted-peer.js';
import { kindOf, type StrapiScript } from '../strapi-script.js';
import { type Agreed, agreedOf, faultOfMessage } from './client-messages.js';
import { type ClientPlan, type Disturbance, mayEnd, nonsenseFor } from './client-plans.js';
import { ask, begin, placeName, refusalAt, settle } from './walk.js';

/** A scripted server that plays one plan and checks against the charts what its client sends. */
export interface Judge {
  /** For `createScriptedPeer`. */
  readonly answer: (message: SentMessage, peer: ScriptedPeer) => void;
  /** The client's violations of the charts, oldest first. */
  readonly complaints: readonly string[];
  /** The disturbances that have begun, and how often the client sent the request of each. */
  readonly begun: readonly { readonly disturbance: Disturbance; readonly sendings: number }[];
  /** What the client's `init` came to. */
  agreed(): Agreed;
}

/** A disturbance of the plan. */
interface Target {
  readonly disturbance: Disturbance;
  /** Of the first message of its request; null before. */
  uuid: string | null;
  sendings: number;
  /** Answers and batches of the first sending: the message arrives, only its answer is lost. */
  readonly held: (() => void)[];
  /** The server carries the request out. */
  readonly isDone: boolean;
}

interface Sent {
  readonly frame: string;
  readonly kind: string;
  /** Over a real line a resend may cross its answer. No resend may follow once the answer has arrived. */
  answer: 'due' | 'on its way' | 'arrived';
}

/**
 * `script` plays the server for everything outside of the plan.
 *
 * @param whenArrived - calls back once the client has received everything that was sent before
 */
export function createJudge(
  plan: ClientPlan,
  script: StrapiScript,
  whenArrived: (then: () => void) => void,
): Judge {
  const complaints: string[] = [];
  const sent = new Map<string, Sent>();
  /** By their uuids; true once it is confirmed. */
  const batches = new Map<string, boolean>();
  let answeredBefore: (() => void) | null = null;
  let position = begin(plan.direction);
  let targets: readonly Target[] = plan.disturbances.map(targetOf);
  let agreed = agreedOf(undefined, plan);

  function hold(message: SentMessage): void {
    const { uuid } = message;
    const kind = kindOf(message);
    const frame = JSON.stringify(message);
    const request = requestOf(frame, plan.direction);
    if (request === null) {
      complaints.push(`${kind} is no request of a ${plan.direction}`);
      return;
    }
    if (!handles(position, request)) {
      complaints.push(`${kind} in ${placeName(position)}: ${refusalAt(position, request)}`);
    }
    if (kind === 'init') agreed = agreedOf(message.params, plan);
    const fault = faultOfMessage(message, plan, agreed);
    if (fault !== null) complaints.push(`${kind} ${fault}`);
    position = ask(position, request);
    sent.set(uuid, { frame, kind, answer: 'due' });
  }

  function holdAgain(message: SentMessage, { frame, kind, answer }: Sent): void {
    if (JSON.stringify(message) !== frame) complaints.push(`${kind} was sent again, and is another message`);
    if (answer === 'arrived') complaints.push(`${kind} was sent again after its answer`);
  }

  /** Notes an answer that the peer has just given. */
  const answered = (uuid: string, accepted: boolean) => {
    position = settle(position, uuid, accepted);
    const request = sent.get(uuid);
    if (request === undefined) return;
    request.answer = 'on its way';
    whenArrived(() => {
      request.answer = 'arrived';
    });
  };

  /** The same peer; the judge notes its answers and batches. */
  const noting = (peer: ScriptedPeer): ScriptedPeer => ({
    ...peer,
    answer(uuid, data) {
      peer.answer(uuid, data);
      if (plan.manner === 'answers late again') {
        answeredBefore?.();
        answeredBefore = () => peer.answer(uuid, data);
      }
      answered(uuid, true);
    },
    batch(batch: ScriptedBatch) {
      batches.set(batch.uuid, false);
      const step = batch.id.replace('stage.', '');
      const request = {
        type: 'request.stepStream',
        uuid: batch.uuid,
        step: isStep(step) ? step : 'unknown',
      } as const;
      position = ask(position, request);
      peer.batch(batch);
      if (plan.manner === 'sends batches twice') peer.batch(batch);
    },
  });

  const holding = (peer: ScriptedPeer, { held }: Target): ScriptedPeer => ({
    ...peer,
    answer: (uuid, data) => void held.push(() => noting(peer).answer(uuid, data)),
    batch: (batch) => void held.push(() => noting(peer).batch(batch)),
  });

  const refuse = (uuid: string, peer: ScriptedPeer) => {
    peer.error(uuid, { message: 'the store is in use' });
    answered(uuid, false);
  };
  /** Answers as a Strapi does: a message that it cannot take (its checksum is wrong) it refuses. */
  const obey = (message: SentMessage, peer: ScriptedPeer) => {
    try {
      script.answer(message, peer);
    } catch (error) {
      complaints.push(`${kindOf(message)} cannot be taken: ${String(error)}`);
      refuse(message.uuid, peer);
    }
  };
  /** The target of a message. What a client must not or need not survive is the last that disturbs it. */
  function targetFor({ uuid }: SentMessage, kind: string, isNew: boolean): Target | undefined {
    const target = targets.find(({ disturbance }) => disturbance.request === kind);
    if (target === undefined || !isNew || target.uuid !== null) return target;
    target.uuid = uuid;
    if (mayEnd(target.disturbance)) targets = targets.filter((one) => one.uuid !== null);
    return target;
  }
  /** A server takes batches in order: after one that is not done, it can take no other of its stage. */
  const isBehind = ({ isDone }: Target, { action }: SentMessage) => !isDone && action === 'stream';

  function perform(message: SentMessage, target: Target, peer: ScriptedPeer): void {
    const { uuid } = message;
    const { disturbance, sendings, isDone, held } = target;
    if (isDone && sendings === 1) obey(message, holding(peer, target));
    const reaction = disturbance.reactions[sendings - 1];
    if (reaction === 'cut') peer.disconnect();
    if (reaction === 'error') refuse(uuid, peer);
    if (reaction === 'nonsense') {
      peer.answer(uuid, nonsenseFor(plan.direction, disturbance.request));
      answered(uuid, true);
    }
    if (reaction === 'answer' || reaction === 'answer twice') for (const say of held.splice(0)) say();
    // A Strapi repeats its last answer when the same message comes again.
    if (reaction === 'answer twice') obey(message, peer);
  }

  function confirm(message: SentMessage, peer: ScriptedPeer): void {
    const { uuid } = message;
    const isConfirmed = batches.get(uuid);
    if (isConfirmed === undefined) complaints.push(`a confirmation of ${uuid}, which is no batch`);
    batches.set(uuid, true);
    // A batch that came twice is confirmed twice.
    if (isConfirmed === true && plan.manner === 'sends batches twice') return;
    if (isConfirmed === true) complaints.push('a batch was confirmed twice');
    position = settle(position, uuid, true);
    obey(message, noting(peer));
  }

  return {
    complaints,
    get begun() {
      return targets.filter(({ uuid }) => uuid !== null);
    },
    agreed: () => agreed,
    answer(message, peer) {
      const { uuid } = message;
      if (message.type === undefined) {
        confirm(message, peer);
        return;
      }
      const known = sent.get(uuid);
      if (known === undefined) hold(message);
      else holdAgain(message, known);
      const target = targetFor(message, kindOf(message), known === undefined);
      if (target?.uuid === uuid) {
        if (known?.answer === 'on its way') return;
        target.sendings += 1;
        perform(message, target, peer);
      } else if (target !== undefined && isBehind(target, message)) refuse(uuid, peer);
      else obey(message, noting(peer));
    },
  };
}

const targetOf = (disturbance: Disturbance): Target => ({
  disturbance,
  uuid: null,
  sendings: 0,
  held: [],
  isDone: disturbance.reactions.some((reaction) => reaction.startsWith('answer')),
});

/** The request of a message for the lifecycle chart; null if it is none. */
function requestOf(frame: string, direction: Direction): LifecycleRequest | null {
  try {
    const read = parseRequestMessage(frame, direction);
    return read.kind === 'request' && read.request.type !== 'request.invalid' ? read.request : null;
  } catch {
    return null;
  }
}
