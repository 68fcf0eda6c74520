import type { Random } from '../../ports/random.js';
import { seededRandom } from '../seeded.js';
import { type End, framesOf, type Shape, shapes } from './shapes.js';

/** What can go wrong; docs/simulation.md says how each is meant, and what is expected of it. */
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

/** A fault, and what of it is chance. */
export interface Fault {
  readonly kind: FaultKind;
  /** Whose process is killed, whose clock leaps. */
  readonly process: End;
  /** How late, how slow, how far the clock leaps; milliseconds. */
  readonly ms: number;
  /** Where in the frame a byte is changed: 0 is its first, 1 its last. */
  readonly place: number;
  /** Operations on the disk until a kill. */
  readonly operations: number;
  /** The machine dies with the process: the peer hears nothing of it. */
  readonly isSilent: boolean;
}

/** Everything that a simulation is: of one seed there is one. */
export interface Schedule {
  readonly seed: number;
  readonly direction: 'push' | 'pull';
  readonly shape: Shape;
  readonly source: 'memory' | 'directory';
  /** Whether there is something to be replaced. */
  readonly replaces: boolean;
  /** Strikes with this frame: the how-manieth that this end sends, from 1. Null in a calm run. */
  readonly message: { readonly from: End; readonly number: number } | null;
  readonly fault: Fault;
}

/** Milliseconds that each kind takes, at least and at most. Heartbeats are 10 s, resends 30 s, an idle session 300 s. */
const durations: Readonly<Partial<Record<FaultKind, readonly [number, number]>>> = {
  delay: [31_000, 200_000],
  duplicate: [0, 40_000],
  reorder: [2, 20_000],
  slowReader: [100, 9_000],
  clockJump: [5_000, 400_000],
};

/** What is large takes ten times as long as the rest to be moved: it is moved less often. */
const likely = shapes.flatMap((shape) => (shape.name.includes('large') ? [shape] : Array(4).fill(shape)));

/** What happens for this seed. */
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
    // As many short ones as long ones.
    ms: Math.round(least + (most - least) * random() ** 3),
    place: random(),
    operations: Math.floor(random() ** 2 * 60),
    isSilent: random() < 0.5,
  };
  // Of all moments of a process its commit is the one to die in.
  const isLate = kind === 'kill' && random() < 0.5;
  const number = isLate ? frames - Math.floor(random() * 4) : anywhere;
  return { seed, direction, shape, source, replaces, message: { from, number }, fault };
}

/** From which end to which the content goes. */
export function endsOf({ direction }: Schedule): readonly [source: End, destination: End] {
  return direction === 'push' ? ['client', 'server'] : ['server', 'client'];
}

/** Faults that a transfer gets over: it asks again, waits, or knows a copy. */
export function isBorne({ direction, shape, message, fault: { kind, ms } }: Schedule): boolean {
  if (kind === 'duplicate' || kind === 'slowReader') return true;
  // Resends are over after 180 s; and for `init`, held back with its resend, a server waits 60 s.
  const isInit = message?.from === 'client' && message.number === 1;
  if (kind === 'delay') return ms < (isInit ? 59_000 : 150_000);
  // The parts of a file are on their way together: without one of them the next makes no sense.
  if (direction === 'push' && shape.name === 'a large file') return false;
  return kind === 'drop' || kind === 'reorder';
}

/** The same transfer, and nothing goes wrong. */
export function calm(direction: Schedule['direction'], shape: Shape, source: Schedule['source']): Schedule {
  const fault = { kind: 'drop', process: 'client', ms: 0, place: 0, operations: 0, isSilent: false } as const;
  return { seed: 0, direction, shape, source, replaces: true, message: null, fault };
}

/** In one line. */
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
