import type { ActorRecord, EventRecord, Json, JsonObject, StepRecord } from '../records.js';
import type { Sink } from '../sink.js';
import { machineConfigOf } from './machine-config.js';

/**
 * An event that `@xstate/inspect` 0.8 sends to a viewer; that package throws on XState 5. It holds machines, states and
 * events as JSON within JSON, in the form of XState 4.
 */
export type LegacyEvent =
  | {
      readonly type: 'service.register';
      readonly machine: string;
      readonly state: string;
      readonly id: string;
      readonly sessionId: string;
      readonly parent?: string;
    }
  | { readonly type: 'service.event'; readonly event: string; readonly sessionId: string }
  | { readonly type: 'service.state'; readonly state: string; readonly sessionId: string }
  | { readonly type: 'service.stop'; readonly sessionId: string };

/** Options of `createLegacySink`. */
export interface LegacySinkOptions {
  /** Takes one event: a relay, or any other transport to the viewer. */
  readonly send: (event: LegacyEvent) => void;
}

/** Feeds viewers made for `@xstate/inspect`. They know machines only, so promises and callbacks are left out. */
export function createLegacySink({ send }: LegacySinkOptions): Sink {
  const definitions = new Map<string, string>();
  /** The contexts of the registered actors. */
  const contexts = new Map<string, JsonObject>();
  const registering = new Map<string, ActorRecord>();
  let prefix = '';
  const sessionId = (actor: string) => `${prefix}${actor}`;

  /** Registers an actor with its initial state: without one a viewer shows nothing. */
  function register(actor: ActorRecord, step: StepRecord): void {
    send({
      type: 'service.register',
      machine: definitions.get(actor.machine ?? '') ?? '{}',
      state: stateOf(step, step.context ?? {}, sessionId(actor.actor)),
      id: actor.path,
      sessionId: sessionId(actor.actor),
      ...(actor.parent === null ? {} : { parent: sessionId(actor.parent) }),
    });
  }

  function event({ actor, event: sent, from }: EventRecord): void {
    if (!contexts.has(actor)) return;
    send({
      type: 'service.event',
      event: JSON.stringify(scxmlEvent(sent, from === null ? undefined : sessionId(from))),
      sessionId: sessionId(actor),
    });
  }

  function step(record: StepRecord): void {
    const { actor: id } = record;
    const beginning = registering.get(id);
    if (beginning === undefined && !contexts.has(id)) return;
    const context = record.context ?? contexts.get(id) ?? {};
    contexts.set(id, context);
    registering.delete(id);
    if (beginning !== undefined) register(beginning, record);
    else
      send({
        type: 'service.state',
        state: stateOf(record, context, sessionId(id)),
        sessionId: sessionId(id),
      });
    if (record.status === 'active') return;
    send({ type: 'service.stop', sessionId: sessionId(id) });
    contexts.delete(id);
  }

  return {
    begin({ startedAt }) {
      prefix = `${Date.parse(startedAt).toString(36)}:`;
    },
    write(records) {
      for (const record of records) {
        if (record.type === 'machine') {
          definitions.set(record.machine, JSON.stringify(machineConfigOf(record.definition, 4)));
        } else if (record.type === 'actor' && record.kind === 'machine')
          registering.set(record.actor, record);
        else if (record.type === 'event') event(record);
        else if (record.type === 'step') step(record);
      }
    },
  };
}

const scxmlEvent = (event: JsonObject, origin?: string) => ({
  name: event['type'] ?? '',
  data: event,
  $$type: 'scxml',
  type: 'external',
  ...(origin === undefined ? {} : { origin }),
});

function stateOf({ value, event, status, output }: StepRecord, context: Json, sessionId: string): string {
  return JSON.stringify({
    value,
    context,
    event: { type: event },
    _event: scxmlEvent({ type: event }),
    _sessionid: sessionId,
    historyValue: undefined,
    actions: [],
    activities: {},
    meta: {},
    events: [],
    configuration: [],
    transitions: [],
    children: {},
    done: status === 'done',
    ...(output === undefined ? {} : { donedata: output }),
    changed: true,
    tags: [],
  });
}
