/** Time that stands still while a person reads a question. */
export interface Stopwatch {
  now(): number;
  pause(): void;
  resume(): void;
}

export function createStopwatch(now: () => number): Stopwatch {
  let asked = 0;
  let pausedAt: number | null = null;
  return {
    now: () => (pausedAt ?? now()) - asked,
    pause() {
      pausedAt ??= now();
    },
    resume() {
      if (pausedAt !== null) asked += now() - pausedAt;
      pausedAt = null;
    },
  };
}
