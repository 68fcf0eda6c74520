import { type Schedule, strikesOf } from './schedule.js';
import { shapes } from './shapes.js';

/** A schedule as JSON: it stands for the same transfer whatever becomes of the seeds. */
export function scheduleToJson({ shape, ...schedule }: Schedule): string {
  return `${JSON.stringify({ ...schedule, shape: shape.name }, null, 2)}\n`;
}

export function scheduleFromJson(text: string): Schedule {
  const { shape: name, ...schedule } = JSON.parse(text) as Omit<Schedule, 'shape'> & { shape: string };
  const shape = shapes.find((each) => each.name === name);
  if (shape === undefined) throw new Error(`there is no shape of content that is called ${name}`);
  return { ...schedule, shape };
}

/** The smallest schedule that still fails, as far as leaving out one thing after another leads. */
export async function shrinkSchedule(
  failing: Schedule,
  stillFails: (schedule: Schedule) => Promise<boolean>,
): Promise<Schedule> {
  for (const simpler of simplerThan(failing))
    if (await stillFails(simpler)) return shrinkSchedule(simpler, stillFails);
  return failing;
}

function* simplerThan(schedule: Schedule): Generator<Schedule> {
  const { also, source, shape } = schedule;
  const strikes = strikesOf(schedule);
  for (const index of strikes.length > 1 ? strikes.keys() : []) {
    const [first, ...rest] = strikes.toSpliced(index, 1);
    // Without further faults the schedule is still one after which all faults stop.
    if (first !== undefined) yield { ...schedule, ...first, also: rest };
  }
  const smaller = shapes.slice(
    0,
    shapes.findIndex(({ name }) => name === shape.name),
  );
  for (const each of smaller) yield { ...schedule, shape: each };
  if (source === 'directory') yield { ...schedule, source: 'memory' };
  for (const [index, { fault }] of strikes.entries()) {
    if (fault.ms < 2 && fault.operations === 0) continue;
    const half = { ms: Math.floor(fault.ms / 2), operations: Math.floor(fault.operations / 2) };
    const changed = strikes.map((strike, at) =>
      at === index ? { ...strike, fault: { ...fault, ...half } } : strike,
    );
    const [first, ...rest] = changed;
    if (first !== undefined) yield { ...schedule, ...first, ...(also === undefined ? {} : { also: rest }) };
  }
}
