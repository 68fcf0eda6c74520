import { type RefObject, startTransition, useEffect, useMemo, useState } from 'react';
import type { Entry, Timeline } from '../model/timeline.js';

/** A time line as it was painted last: another one whenever it has grown. */
export interface Shot {
  readonly timeline: Timeline;
  readonly version: number;
  readonly entries: readonly Entry[];
}

/** Records come in bursts; a page that paints each of them shows none of them. Milliseconds. */
const paintEvery = 200;

/** Renders again when the time line has grown, at the pace of eyes, in slices that let keys and clicks through. */
export function useTimeline(timeline: Timeline): Shot {
  const [version, setVersion] = useState(timeline.version);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const paint = () => {
      timer = undefined;
      startTransition(() => setVersion(timeline.version));
    };
    const end = timeline.subscribe(() => {
      timer ??= setTimeout(paint, paintEvery);
    });
    paint();
    return () => {
      end();
      clearTimeout(timer);
    };
  }, [timeline]);
  return useMemo(() => ({ timeline, version, entries: timeline.entries }), [timeline, version]);
}

/**
 * Keeps a row of a list in sight, the last one at its end. Rows have one height: what a virtualizer would measure for it,
 * many times over, is known.
 */
export function useRowInSight(
  list: RefObject<HTMLElement | null>,
  row: number,
  height: number,
  isLast: boolean,
): void {
  useEffect(() => {
    const element = list.current;
    if (element === null || row < 0) return;
    const { scrollTop, clientHeight } = element;
    const [top, bottom] = [row * height, (row + 1) * height];
    if (isLast || bottom > scrollTop + clientHeight) element.scrollTop = bottom - clientHeight;
    else if (top < scrollTop) element.scrollTop = top;
  }, [list, row, height, isLast]);
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
