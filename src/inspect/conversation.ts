import { type ConcurrentExchanges, uuidOfExchange } from '../../machines/concurrent-exchanges.js';
import { chartOf } from './recorded-fields.js';
import type {
  ActorRecord,
  EventRecord,
  InspectionRecord,
  Json,
  MessagePhase,
  MessageRecord,
  RecordedEvent,
  Side,
  StepRecord,
} from './records.js';

type Fields = Readonly<Record<string, Json | undefined>>;

type Message = Pick<MessageRecord, 'uuid' | 'kind' | 'asker'>;
type More = Partial<Pick<MessageRecord, 'bytes' | 'retry' | 'again' | 'error'>>;

interface Open extends Message {
  readonly root: string;
  readonly since: number;
  /** The code of an answer with an error, if it is known before the answer has left. */
  error?: string;
}

/** A step, with its event and the context before and after it. */
interface Step {
  readonly actor: ActorRecord;
  readonly step: StepRecord;
  readonly event: Fields;
  readonly before: Fields;
  readonly context: Fields;
}

interface Talking {
  readonly actor: ActorRecord;
  readonly take: (step: Step) => void;
  context: Fields;
}

/** More than can be open at once. The oldest are forgotten: messages without an answer, events without a step. */
const mostOpen = 1000;
const mostSent = 5000;

export interface Conversation {
  take(record: InspectionRecord): void;
}

export interface ConversationOptions {
  readonly emit: (record: MessageRecord) => void;
  readonly stamp: () => { readonly seq: number; readonly ms: number };
}

/**
 * Derives the messages on the wire from the steps of the charts. A lane's dispatcher asks; the session and (for the
 * batches of a pull) the client's lifecycle answer.
 */
export function createConversation({ emit, stamp }: ConversationOptions): Conversation {
  const actors = new Map<string, Talking>();
  const events = new Map<number, RecordedEvent>();
  const open = new Map<string, Open>();

  function note(
    actor: ActorRecord,
    message: Message,
    phase: MessagePhase,
    more: More,
    since?: number,
  ): number {
    const { seq, ms } = stamp();
    const { uuid, kind, asker } = message;
    const took = since === undefined ? null : { took: Math.round((ms - since) * 1000) / 1000 };
    const at = sideOf(actor);
    emit({ type: 'message', seq, ms, uuid, kind, asker, at, actor: actor.actor, phase, ...took, ...more });
    return ms;
  }

  function begin(actor: ActorRecord, message: Message, bytes: Json | undefined): void {
    const phase = message.asker === sideOf(actor) ? 'sending' : 'received';
    const since = note(actor, message, phase, sizeOf(bytes));
    open.set(keyOf(actor, message.uuid), { ...message, root: actor.root, since });
    forgetOldest(open, mostOpen);
  }

  function move(actor: ActorRecord, uuid: Json | undefined, phase: MessagePhase, more: More = {}): void {
    const key = keyOf(actor, uuid);
    const message = open.get(key);
    if (message === undefined) return;
    if (phase !== 'answered' && phase !== 'failed') {
      note(actor, message, phase, more);
      return;
    }
    open.delete(key);
    note(actor, message, phase, { ...errorIn(message.error), ...more }, message.since);
  }

  /** Fails the open messages of an actor that has ended: no answer can follow. */
  function failAll(actor: ActorRecord, asker: Side | null, more: More): void {
    for (const message of [...open.values()]) {
      const isMeant = message.root === actor.root && message.asker === (asker ?? message.asker);
      if (isMeant) move(actor, message.uuid, 'failed', more);
    }
  }

  function dispatcherStepped({ actor, step, event, before, context }: Step): void {
    const request = fieldsIn(context['request']) ?? fieldsIn(before['request']);
    const uuid = request?.['uuid'];
    if (step.status !== 'active') move(actor, uuid, 'failed', errorIn(context['failure'] ?? 'ABORTED'));
    else if (step.transitions.length === 0) return;
    else if (step.event === 'request') {
      begin(
        actor,
        { uuid: String(uuid), kind: String(request?.['kind']), asker: sideOf(actor) },
        request?.['bytes'],
      );
    } else if (step.value === 'retrying') {
      const retry = Number(context['retries']);
      move(actor, uuid, 'resending', { ...sizeOf(request?.['bytes']), retry });
    } else if (step.event === 'frame.sent') move(actor, uuid, 'sent');
    else if (step.event === 'answer.received') {
      move(actor, uuid, 'answered', { ...sizeOf(event['bytes']), ...errorIn(event['error']) });
    }
  }

  function sessionStepped({ actor, step, event, before, context }: Step): void {
    if (step.event === 'message.received' && step.transitions.length > 0) {
      const request = fieldsIn(event['request']) ?? {};
      const message = { uuid: String(request['uuid']), kind: kindOf(request), asker: 'client' } as const;
      if (!step.transitions.some(({ guard }) => guard === 'wasSeen')) begin(actor, message, event['bytes']);
      else note(actor, message, 'received', { ...sizeOf(event['bytes']), again: true });
    }
    if (step.actions.includes('refuse')) {
      // The next message may already be the current one.
      move(actor, fieldsIn(before['current'])?.['uuid'], 'answered', errorIn(context['refusal']));
    } else if (step.event === 'exchange.settled') move(actor, event['uuid'], 'answered');
    if (step.status !== 'active') failAll(actor, null, errorIn(step.output ?? 'CONNECTION_CLOSED'));
  }

  function exchanged(lifecycle: ActorRecord, event: string, context: Fields): Open | undefined {
    const id = /^xstate\.done\.actor\.(.+)$/.exec(event)?.[1];
    if (id === undefined) return undefined;
    const { concurrent, request } = context;
    const uuid =
      id === 'exchange'
        ? fieldsIn(request)?.['uuid']
        : Array.isArray(concurrent)
          ? uuidOfExchange(concurrent as ConcurrentExchanges, id)
          : undefined;
    return uuid === undefined ? undefined : open.get(keyOf(lifecycle, uuid));
  }

  /** Remembers a refusal at once: only the lifecycle knows it before the answer leaves. */
  function rememberOutcome({ actor, event }: EventRecord): void {
    const { accepted, code } = fieldsIn(event['output']) ?? {};
    const lifecycle = actors.get(actor);
    if (accepted !== false || lifecycle?.take !== lifecycleStepped) return;
    const message = exchanged(lifecycle.actor, event.type, lifecycle.context);
    if (message !== undefined) message.error = String(code ?? 'REFUSED');
  }

  function lifecycleStepped({ actor, step, event, before, context }: Step): void {
    const isClient = sideOf(actor) === 'client';
    const isPull = context['direction'] === 'pull';
    if (step.event === 'request.stepStream' && isClient && isPull && step.transitions.length > 0) {
      const kind = `${event['step']}.batch`;
      begin(actor, { uuid: String(event['uuid']), kind, asker: 'server' }, event['bytes']);
    }
    const message = exchanged(actor, step.event, before);
    if (isClient && message?.asker === 'server') move(actor, message.uuid, 'answered');
    if (step.status !== 'active' && isClient) failAll(actor, 'server', { error: 'CONNECTION_CLOSED' });
  }

  function begun(actor: ActorRecord): void {
    const take = steppers[chartOf(actor.machine ?? '') as keyof typeof steppers];
    // The other charts have no part in a message.
    if (take !== undefined) actors.set(actor.actor, { actor, take, context: {} });
  }

  function stepped(step: StepRecord): void {
    const talking = actors.get(step.actor);
    if (talking === undefined) return;
    const { actor, take, context: before } = talking;
    const context = step.context ?? before;
    const event = events.get(step.cause ?? 0) ?? { type: step.event };
    events.delete(step.cause ?? 0);
    talking.context = context;
    take({ actor, step, event, before, context });
    if (step.status !== 'active') actors.delete(step.actor);
  }

  const steppers = { dispatcher: dispatcherStepped, session: sessionStepped, lifecycle: lifecycleStepped };

  return {
    take(record) {
      if (record.type === 'actor') begun(record);
      else if (record.type === 'event' && actors.has(record.actor)) {
        events.set(record.seq, record.event);
        rememberOutcome(record);
        forgetOldest(events, mostSent);
      } else if (record.type === 'step') stepped(record);
    },
  };
}

function forgetOldest(map: Map<unknown, unknown>, most: number): void {
  if (map.size > most) map.delete(map.keys().next().value);
}

const sideOf = ({ side }: ActorRecord): Side => side ?? 'client';
const keyOf = ({ root }: ActorRecord, uuid: Json | undefined) => `${root} ${uuid}`;
const fieldsIn = (json: Json | undefined): Fields | null =>
  typeof json === 'object' && json !== null ? (json as Fields) : null;
const sizeOf = (bytes: Json | undefined) => (typeof bytes === 'number' ? { bytes } : {});
const errorIn = (error: Json | undefined) => (typeof error === 'string' ? { error } : {});

/** `request.stepStart` of entities is `entities.start`, as the client calls it. */
function kindOf(request: Fields): string {
  const type = String(request['type']).replace(/^request\./, '');
  const action = /^step(\w+)$/.exec(type)?.[1];
  return action === undefined ? type : `${request['step']}.${action.toLowerCase()}`;
}
