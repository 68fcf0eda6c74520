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

/** Everything that determines a simulation; a seed determines the schedule. */
export interface Schedule {
  readonly seed: number;
  readonly direction: 'push' | 'pull';
  readonly shape: Shape;
  readonly source: 'memory' | 'directory';
  /** Whether the destination holds content to replace. */
  readonly replaces: boolean;
  /** The frame that the fault strikes; `number` counts the frames of this end, from 1. Null in a calm run. */
  readonly message: { readonly from: End; readonly number: number } | null;
  readonly fault: Fault;
}

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

/** The schedule of a seed. */
export function schedule(seed: number): Schedule {
  const random = seededRandom(seed);
  const direction = oneOf(random, ['push', 'pull'] as const);
  const shape = oneOf(random, likely);
  const source = oneOf(random, ['memory', 'directory'] as const);
  const replaces = random() < 0.8;
  const from = oneOf(random, ['client', 'server'] as const);
  const frames = framesOf(shape, direction)[from];
  const anywhere = 1 + Math.floor(random() * frames);
  const kind = oneOf(random, faultKinds);
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
  const number = isLate ? frames - Math.floor(random() * 4) : anywhere;
  return { seed, direction, shape, source, replaces, message: { from, number }, fault };
}

/** The end that has the content, and the end that receives it. */
export function endsOf({ direction }: Schedule): readonly [source: End, destination: End] {
  return direction === 'push' ? ['client', 'server'] : ['server', 'client'];
}

/** Whether a transfer must survive the fault: it asks again, waits, or recognizes a copy. */
export function isBorne({ direction, shape, message, fault: { kind, ms } }: Schedule): boolean {
  if (kind === 'duplicate' || kind === 'slowReader') return true;
  // Resends end after 180 s. For a delayed `init` and its resend a server waits 60 s.
  const isInit = message?.from === 'client' && message.number === 1;
  if (kind === 'delay') return ms < (isInit ? 59_000 : 150_000);
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
  const { direction, shape, source, replaces, message, fault } = described;
  const what = `${direction} of ${shape.name} from ${source} ${replaces ? 'over something' : 'to nowhere'}`;
  if (message === null) return what;
  const { kind, process, ms, place, operations, isSilent } = fault;
  const details: Partial<Record<FaultKind, string>> = {
    corrupt: ` at ${place.toFixed(3)}`,
    kill: ` of the ${process} after ${operations} operations${isSilent ? ', silent' : ''}`,
    clockJump: ` of the ${process} by ${ms} ms`,
  };
  const more = details[kind] ?? (kind in durations ? ` ${ms} ms` : '');
  return `${what}, ${kind}${more} at message ${message.number} of the ${message.from}`;
}

function oneOf<T>(random: Random, choices: readonly T[]): T {
  return choices[Math.floor(random() * choices.length)] as T;
}
