import { useCallback, useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import type { Entry, Timeline } from '../model/timeline.js';

/** A time line as it was painted last: another one whenever it has grown. */
export interface Shot {
  readonly timeline: Timeline;
  readonly version: number;
  readonly entries: readonly Entry[];
}

/** Records come in bursts; a page that paints each of them shows none of them. Milliseconds. */
const paintEvery = 120;

/** Renders again when the time line has grown, at the pace of eyes. */
export function useTimeline(timeline: Timeline): Shot {
  const subscribe = useCallback(
    (listener: () => void) => {
      let timer: ReturnType<typeof setTimeout> | undefined;
      let last = 0;
      const paint = () => {
        timer = undefined;
        last = performance.now();
        listener();
      };
      const end = timeline.subscribe(() => {
        timer ??= setTimeout(paint, Math.max(0, paintEvery - (performance.now() - last)));
      });
      return () => {
        end();
        clearTimeout(timer);
      };
    },
    [timeline],
  );
  const version = useSyncExternalStore(subscribe, () => timeline.version);
  return useMemo(() => ({ timeline, version, entries: timeline.entries }), [timeline, version]);
}

export function useMedia(query: string): boolean {
  const [matches, setMatches] = useState(() => matchMedia(query).matches);
  useEffect(() => {
    const list = matchMedia(query);
    const change = () => setMatches(list.matches);
    list.addEventListener('change', change);
    return () => list.removeEventListener('change', change);
  }, [query]);
  return matches;
}

/** Milliseconds since the epoch, moving while it is asked to. */
export function useNow(isMoving: boolean): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!isMoving) return;
    const timer = setInterval(() => setNow(Date.now()), 200);
    return () => clearInterval(timer);
  }, [isMoving]);
  return now;
}
