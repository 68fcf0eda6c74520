import type { Random } from '../../src/ports/random.js';
import { seededRandom } from '../../src/testing/seeded.js';
import { type End, framesOf, type Shape, shapes } from './shapes.js';

/** The kinds of faults; docs/simulation.md says what each means and what is expected of it. */
type FaultKind = (typeof faultKinds)[number];

export const faultKinds = [
  'drop',
  'delay',
  'duplicate',
  'reorder',
  'corrupt',
  'cut',
  'halfClose',
  'blackHole',
  'slowReader',
  'kill',
  'fullDisk',
  'clockJump',
] as const;

/** A fault with its random parameters. */
export interface Fault {
  readonly kind: FaultKind;
  /** The end whose process is killed or whose clock jumps. */
  readonly process: End;
  /** The delay, the slowness or the jump of the clock; milliseconds. */
  readonly ms: number;
  /** The place of the changed byte in the frame: 0 is the first, 1 the last. */
  readonly place: number;
  /** The number of disk operations before a kill. */
  readonly operations: number;
  /** The machine dies with the process: the peer sees no close. */
  readonly isSilent: boolean;
}

/** The frame that a fault strikes; `number` counts the frames of this end, from 1. */
interface StruckMessage {
  readonly from: End;
  readonly number: number;
}

/** A fault, and where it strikes. */
export interface Strike {
  readonly message: StruckMessage;
  readonly fault: Fault;
}

/** Everything that determines a simulation, and nothing but values: it can be kept as JSON. A seed determines it. */
export interface Schedule {
  readonly seed: number;
  readonly direction: 'push' | 'pull';
  readonly shape: Shape;
  readonly source: 'memory' | 'directory';
  /** Whether the destination holds content to replace. */
  readonly replaces: boolean;
  /** Null in a calm run. */
  readonly message: StruckMessage | null;
  readonly fault: Fault;
  /** Further faults, which strike if the transfer comes that far; then all of them stop, and it must complete. */
  readonly also?: readonly Strike[];
}

/** Every fault of a schedule. */
export function strikesOf({ message, fault, also = [] }: Schedule): readonly Strike[] {
  return message === null ? [] : [{ message, fault }, ...also];
}

/** Whether a fault of one of these kinds is in a schedule. */
export const hasKind = (schedule: Schedule, ...kinds: readonly FaultKind[]): boolean =>
  strikesOf(schedule).some(({ fault }) => kinds.includes(fault.kind));

/** Whether the machine of an end dies with its process, so that its peer sees no close. */
export const diesSilently = (schedule: Schedule, end: End): boolean =>
  strikesOf(schedule).some(
    ({ fault: { kind, process, isSilent } }) => kind === 'kill' && process === end && isSilent,
  );

/** The least and the most milliseconds of each kind. Heartbeats are 10 s, resends 30 s, an idle session 300 s. */
const durations: Readonly<Partial<Record<FaultKind, readonly [number, number]>>> = {
  delay: [31_000, 200_000],
  duplicate: [0, 40_000],
  reorder: [2, 20_000],
  slowReader: [100, 9_000],
  clockJump: [5_000, 400_000],
};

/** A large shape takes ten times as long as the others, so it is less likely. */
const likely = shapes.flatMap((shape) => (shape.name.includes('large') ? [shape] : Array(4).fill(shape)));

/** The schedule of a seed: one fault. */
export function schedule(seed: number): Schedule {
  const random = seededRandom(seed);
  const { direction, shape, source, replaces } = transferOf(random);
  const { message, fault } = strikeOf(random, framesOf(shape, direction), () => oneOf(random, faultKinds));
  return { seed, direction, shape, source, replaces, message, fault };
}

/**
 * The schedule of a seed, of the next grade: two to five faults. The seed also decides how likely each kind is, so that
 * some seeds are all of delays, others of kills and drops.
 */
export function severalFaults(seed: number): Schedule {
  // Another number than `schedule` draws from, or both would draw the same transfers.
  const random = seededRandom(seed ^ 0x5eed_0000);
  const transfer = transferOf(random);
  const weighted = faultKinds.flatMap((kind) => Array<FaultKind>(Math.ceil(20 * random() ** 3)).fill(kind));
  const kindOf = () => oneOf(random, weighted);
  const count = 2 + Math.floor(random() ** 2 * 4);
  const frames = framesOf(transfer.shape, transfer.direction);
  const strikes = Array.from({ length: count }, () => strikeOf(random, frames, kindOf));
  const [first, ...also] = strikes as [Strike, ...Strike[]];
  return { seed, ...transfer, ...first, also };
}

function transferOf(random: Random): Pick<Schedule, 'direction' | 'shape' | 'source' | 'replaces'> {
  const direction = oneOf(random, ['push', 'pull'] as const);
  const shape = oneOf(random, likely);
  const source = oneOf(random, ['memory', 'directory'] as const);
  return { direction, shape, source, replaces: random() < 0.8 };
}

function strikeOf(
  random: Random,
  framesByEnd: Readonly<Record<End, number>>,
  kindOf: () => FaultKind,
): Strike {
  const from = oneOf(random, ['client', 'server'] as const);
  const frames = framesByEnd[from];
  const anywhere = 1 + Math.floor(random() * frames);
  const kind = kindOf();
  const [least, most] = durations[kind] ?? [0, 0];
  const fault: Fault = {
    kind,
    process: oneOf(random, ['client', 'server'] as const),
    // The cube makes short delays more likely.
    ms: Math.round(least + (most - least) * random() ** 3),
    place: random(),
    operations: Math.floor(random() ** 2 * 60),
    isSilent: random() < 0.5,
  };
  // The commit is the most interesting moment to die in.
  const isLate = kind === 'kill' && random() < 0.5;
  return { message: { from, number: isLate ? frames - Math.floor(random() * 4) : anywhere }, fault };
}

/** The end that has the content, and the end that receives it. */
export function endsOf({ direction }: Schedule): readonly [source: End, destination: End] {
  return direction === 'push' ? ['client', 'server'] : ['server', 'client'];
}

/** Milliseconds that faults may take together: a message is given up after 180 s. */
const borneDelay = 150_000;
/** For `init` and its resend a server waits 60 s. */
const borneInit = 59_000;

/** Whether a transfer must survive its faults: it asks again, waits, or recognizes a copy. */
export function isBorne(schedule: Schedule): boolean {
  const strikes = strikesOf(schedule);
  if (strikes.length === 1) return strikes.every((strike) => isBorneAlone(schedule, strike));
  // A reader that takes seconds for each message leaves too little time for what else is lost.
  const isBearable = strikes.every(
    (strike) => strike.fault.kind !== 'slowReader' && isBorneAlone(schedule, strike),
  );
  const taken = (some: readonly Strike[]) =>
    some.reduce(
      (sum, { fault: { kind, ms } }) => sum + (kind === 'delay' ? ms : kind === 'drop' ? 30_000 : 0),
      0,
    );
  // If `init` is lost, the next message is `init` again.
  const ofInit = strikes.filter(({ message: { from, number } }) => from === 'client' && number <= 2);
  return isBearable && taken(strikes) < borneDelay && taken(ofInit) < borneInit;
}

function isBorneAlone({ direction, shape }: Schedule, { message, fault: { kind, ms } }: Strike): boolean {
  if (kind === 'duplicate' || kind === 'slowReader') return true;
  // Resends end after 180 s.
  const isInit = message.from === 'client' && message.number === 1;
  if (kind === 'delay') return ms < (isInit ? borneInit : borneDelay);
  // The parts of a file travel together: without one of them the next makes no sense.
  if (direction === 'push' && shape.name === 'a large file') return false;
  return kind === 'drop' || kind === 'reorder';
}

/** The same transfer without a fault. */
export function calm(direction: Schedule['direction'], shape: Shape, source: Schedule['source']): Schedule {
  const fault = { kind: 'drop', process: 'client', ms: 0, place: 0, operations: 0, isSilent: false } as const;
  return { seed: 0, direction, shape, source, replaces: true, message: null, fault };
}

/** Describes a schedule in one line. */
export function describeSchedule(described: Schedule): string {
  const { direction, shape, source, replaces } = described;
  const what = `${direction} of ${shape.name} from ${source} ${replaces ? 'over something' : 'to nowhere'}`;
  return [what, ...strikesOf(described).map(describeStrike)].join(', ');
}

function describeStrike({
  message,
  fault: { kind, process, ms, place, operations, isSilent },
}: Strike): string {
  const details: Partial<Record<FaultKind, string>> = {
    corrupt: ` at ${place.toFixed(3)}`,
    kill: ` of the ${process} after ${operations} operations${isSilent ? ', silent' : ''}`,
    clockJump: ` of the ${process} by ${ms} ms`,
  };
  const more = details[kind] ?? (kind in durations ? ` ${ms} ms` : '');
  return `${kind}${more} at message ${message.number} of the ${message.from}`;
}

function oneOf<T>(random: Random, choices: readonly T[]): T {
  return choices[Math.floor(random() * choices.length)] as T;
}
