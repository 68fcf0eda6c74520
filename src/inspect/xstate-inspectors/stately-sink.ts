import type { ActorRecord, EventRecord, InspectionRecord, JsonObject, StepRecord } from '../records.js';
import type { Sink } from '../sink.js';
import { machineConfigOf } from './machine-config.js';

/** The version of `@statelyai/inspect` whose events these are. */
const statelyVersion = '0.7.2';

/** An event as `@statelyai/inspect` sends it: `@xstate.actor`, `@xstate.event` or `@xstate.snapshot`. */
export interface StatelyEvent extends JsonObject {
  readonly type: '@xstate.actor' | '@xstate.event' | '@xstate.snapshot';
  readonly sessionId: string;
}

/** Options of `createStatelySink`. */
export interface StatelySinkOptions {
  /** Takes one event: `inspector.adapter.send` of `@statelyai/inspect`, or a relay. */
  readonly send: (event: StatelyEvent) => void;
}

/**
 * Feeds Stately's inspector. It sees records, never an XState actor: its own serialisation would send the whole context
 * along with the definition.
 */
export function createStatelySink({ send }: StatelySinkOptions): Sink {
  const definitions = new Map<string, string>();
  const contexts = new Map<string, JsonObject>();
  let began = 0;
  /** Actors of several processes can meet in one inspector. */
  let prefix = '';
  const sessionId = (actor: string) => `${prefix}${actor}`;
  const common = ({ ms }: InspectionRecord, root: string) => ({
    rootId: sessionId(root),
    createdAt: String(Math.round(began + ms)),
    id: '',
    _version: statelyVersion,
  });
  const roots = new Map<string, string>();
  const rootOf = (actor: string) => roots.get(actor) ?? actor;

  function actor(record: ActorRecord): void {
    roots.set(record.actor, record.root);
    send({
      type: '@xstate.actor',
      ...common(record, record.root),
      name: record.name,
      sessionId: sessionId(record.actor),
      ...(record.parent === null ? {} : { parentId: sessionId(record.parent) }),
      definition: definitions.get(record.machine ?? '') ?? JSON.stringify({ id: record.name }),
      snapshot: { status: 'active', context: {} },
    });
  }

  function event(record: EventRecord): void {
    send({
      type: '@xstate.event',
      ...common(record, rootOf(record.actor)),
      sessionId: sessionId(record.actor),
      ...(record.from === null ? {} : { sourceId: sessionId(record.from) }),
      event: record.event,
    });
  }

  function snapshot(record: StepRecord): void {
    const { actor: id, status, value, output, error } = record;
    const context = record.context ?? contexts.get(id) ?? {};
    contexts.set(id, context);
    send({
      type: '@xstate.snapshot',
      ...common(record, rootOf(id)),
      sessionId: sessionId(id),
      event: { type: record.event },
      snapshot: {
        status,
        context,
        ...(value === null ? {} : { value }),
        ...(output === undefined ? {} : { output }),
        ...(error === undefined ? {} : { error }),
      },
    });
    if (status === 'active') return;
    contexts.delete(id);
    roots.delete(id);
  }

  return {
    begin({ startedAt }) {
      began = Date.parse(startedAt);
      prefix = `${began.toString(36)}:`;
    },
    write(records) {
      for (const record of records) {
        if (record.type === 'machine') {
          definitions.set(record.machine, JSON.stringify(machineConfigOf(record.definition, 5)));
        } else if (record.type === 'actor') actor(record);
        else if (record.type === 'event') event(record);
        else if (record.type === 'step') snapshot(record);
      }
    },
  };
}
