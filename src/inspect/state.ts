import type {
  ActorRecord,
  ArmedDelay,
  InspectionRecord,
  MachineRecord,
  MessageRecord,
  StepRecord,
} from './records.js';
import { type Visited, visitedAfter } from './visited.js';

/** The state of every actor at one moment: the sum of the records up to it. Plain JSON, like the records. */
export interface InspectionState {
  /** `seq` of the last record in it; 0 at the beginning. */
  readonly seq: number;
  readonly ms: number;
  readonly machines: readonly MachineRecord[];
  /** The running actors and the ended machines, in the order in which they started. */
  readonly actors: readonly ActorState[];
  /** Messages whose answers are pending. */
  readonly open: readonly OpenMessage[];
  /** The visited parts of each chart so far. */
  readonly visited: readonly Visited[];
  /** The number of records that are not in it because they were dropped. */
  readonly missing: number;
}

/** The state of one actor. */
export interface ActorState {
  readonly actor: ActorRecord;
  /** The last step, with the whole `context`. Null before the first. */
  readonly step: StepRecord | null;
  readonly delays: readonly RunningDelay[];
}

/** A delayed transition whose delay is running. */
export interface RunningDelay extends ArmedDelay {
  /** `ms` of the record that armed it: it fires at `since + ms`. */
  readonly since: number;
}

/** A message that waits for its answer. */
export interface OpenMessage {
  /** Its first record at this end: `sending` or `received`. */
  readonly began: MessageRecord;
  readonly last: MessageRecord;
  readonly retries: number;
}

/** The most ended roots that are kept; older ones are forgotten with their actors. */
const keptRoots = 50;

/** Folds records into a state. `fold.add` changes the next result of `fold.state()`, never an earlier one. */
export interface Fold {
  /** Adds the next record. */
  add(record: InspectionRecord): void;
  /** The state after the added records. */
  state(): InspectionState;
}

/** Starts at the beginning, or at a state from a recording or an inspector. */
export function createFold(from?: InspectionState): Fold {
  let { seq, ms, missing } = from ?? { seq: 0, ms: 0, missing: 0 };
  const machines = new Map(from?.machines.map((one) => [one.machine, one]));
  const actors = new Map(from?.actors.map((one) => [one.actor.actor, one]));
  const open = new Map(from?.open.map((one) => [keyOf(one.last), one]));
  const visited = new Map(from?.visited.map((one) => [one.machine, one]));

  function visit(machine: string, record: StepRecord): void {
    const definition = machines.get(machine)?.definition;
    if (definition === undefined) return;
    const before = visited.get(machine) ?? { machine, states: {}, transitions: {} };
    visited.set(machine, visitedAfter(before, definition, record));
  }

  function step(record: StepRecord): void {
    const before = actors.get(record.actor);
    if (before === undefined) return;
    const isOver = record.status !== 'active';
    // A promise or callback that has ended matters to the log alone.
    if (isOver && before.actor.kind !== 'machine') {
      actors.delete(record.actor);
      return;
    }
    if (before.actor.machine !== null) visit(before.actor.machine, record);
    const context = record.context ?? before.step?.context;
    actors.set(record.actor, {
      actor: before.actor,
      step: context === undefined ? record : { ...record, context },
      delays: isOver ? [] : delaysAfter(before.delays, record),
    });
    if (isOver && before.actor.parent === null) forgetOldRoots();
  }

  function forgetOldRoots(): void {
    const over = [...actors.values()].filter(
      ({ actor, step: last }) => actor.parent === null && last !== null && last.status !== 'active',
    );
    for (const { actor: root } of over.slice(0, Math.max(0, over.length - keptRoots))) {
      for (const [id, { actor }] of actors) if (actor.root === root.actor) actors.delete(id);
    }
  }

  function message(record: MessageRecord): void {
    const key = keyOf(record);
    if (record.phase === 'answered' || record.phase === 'failed') {
      open.delete(key);
      return;
    }
    if (record.again === true) return;
    const before = open.get(key);
    const retries = record.retry ?? before?.retries ?? 0;
    open.set(key, { began: before?.began ?? record, last: record, retries });
  }

  return {
    add(record) {
      ({ seq, ms } = record);
      if (record.type === 'machine') machines.set(record.machine, record);
      else if (record.type === 'actor') actors.set(record.actor, { actor: record, step: null, delays: [] });
      else if (record.type === 'step') step(record);
      else if (record.type === 'message') message(record);
      else if (record.type === 'dropped') missing += record.count;
    },
    state: () => ({
      seq,
      ms,
      machines: [...machines.values()],
      actors: [...actors.values()],
      open: [...open.values()],
      visited: [...visited.values()],
      missing,
    }),
  };
}

/** Both ends have records of a message if both report. */
const keyOf = ({ at, uuid }: MessageRecord) => `${at} ${uuid}`;

function delaysAfter(before: readonly RunningDelay[], record: StepRecord): readonly RunningDelay[] {
  const { armed, cancelled, event, ms: since } = record;
  if (armed.length === 0 && !before.some(({ id }) => id === event || cancelled.includes(id))) return before;
  const ended = new Set([event, ...cancelled, ...armed.map(({ id }) => id)]);
  return [...before.filter(({ id }) => !ended.has(id)), ...armed.map((one) => ({ ...one, since }))];
}
