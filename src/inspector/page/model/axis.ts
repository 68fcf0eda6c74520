/** A line of the time axis. Milliseconds from its beginning. */
export interface Tick {
  readonly at: number;
  readonly text: string;
}

const steps = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000];

/** At most so many ticks of a span of time, at round times. */
export function ticksOf(span: number, most: number): readonly Tick[] {
  if (span <= 0) return [{ at: 0, text: '0' }];
  let step = steps.find((one) => span / one <= most) ?? 120_000;
  while (span / step > most) step *= 2;
  return Array.from({ length: Math.floor(span / step) + 1 }, (_, index) => {
    const at = index * step;
    return { at, text: tickText(at, step) };
  });
}

function tickText(at: number, step: number): string {
  if (at === 0) return '0';
  if (step < 1000) return at < 1000 ? `${at} ms` : `${Number((at / 1000).toFixed(3))} s`;
  const seconds = at / 1000;
  if (seconds < 60) return `${seconds} s`;
  const [minutes, rest] = [Math.floor(seconds / 60), seconds % 60];
  if (minutes >= 60) return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')} h`;
  return rest === 0 ? `${minutes} min` : `${minutes}:${String(rest).padStart(2, '0')}`;
}
