import { type KeyboardEvent, memo, useCallback, useEffect, useRef, useState } from 'react';
import { writeHash } from '../model/location-hash.js';
import { type Mark, markFrom } from '../model/news.js';
import type { Band } from '../model/phases.js';
import { densityOf } from '../model/rates.js';
import { counted, momentText } from '../model/text.js';
import type { Moment } from '../model/timeline.js';
import { perShot, type Shot } from './hooks.js';
import { Track } from './track.js';

export interface TimeBarProps {
  readonly shot: Shot;
  readonly moment: Moment;
  readonly place: number;
  /** Milliseconds since the epoch, of the moment. */
  readonly now: number;
  readonly bands: readonly Band[];
  readonly marks: readonly Mark[];
  readonly onMoment: (moment: Moment) => void;
  readonly actor: string | null;
}

const speeds = [0.01, 0.1, 0.5, 1, 2, 10, 100];
const slots = 240;
const densityIn = perShot((entries) => densityOf(entries, slots).map(Math.sqrt));

/** Moves back and forth in time, by one record or one step, or plays it. */
export const TimeBar = memo(({ shot, moment, place, now, bands, marks, onMoment, actor }: TimeBarProps) => {
  const [isPlaying, setIsPlaying] = useState(false);
  const [speed, setSpeed] = useState(0.1);
  const [copied, setCopied] = useState('');
  const { entries, timeline } = shot;
  const { from, to, began, first, size } = entries;
  const at = Math.max(from, place < first ? from : now);
  const end = Math.max(to, moment === null ? now : to);
  const density = densityIn(shot);
  const latest = useRef({ place, at, speed, onMoment });
  latest.current = { place, at, speed, onMoment };

  const go = useCallback(
    (next: number) => {
      setIsPlaying(false);
      const kept = timeline.entries;
      onMoment(timeline.momentAt(Math.max(kept.first, Math.min(kept.last, next))));
    },
    [timeline, onMoment],
  );

  /** A moment can lie in a silence: the playhead stays where it was put. */
  const rest = useCallback(
    (time: number) => {
      setIsPlaying(false);
      onMoment(timeline.momentOf(time));
    },
    [timeline, onMoment],
  );

  const goToMark = (direction: 1 | -1) => {
    const mark = markFrom(marks, place, direction);
    if (mark !== undefined) go(mark.place);
  };

  const play = useCallback(() => {
    setIsPlaying((was) => {
      // At the end it plays from the start.
      const kept = timeline.entries;
      if (!was && latest.current.place >= kept.last) onMoment(timeline.momentAt(kept.first));
      return !was;
    });
  }, [timeline, onMoment]);

  useEffect(() => {
    if (!isPlaying) return;
    let frame = 0;
    let before = performance.now();
    let head: number | null = null;
    let painted = 0;
    const tick = (time: number) => {
      const { place: here, at: shown, speed: pace, onMoment: tell } = latest.current;
      const kept = timeline.entries;
      head = (head ?? shown) + (time - before) * pace;
      before = time;
      const next = kept.placeAt(head);
      if (next >= kept.last) {
        tell(null);
        setIsPlaying(false);
        return;
      }
      // In a silence the clock goes on, at a pace that eyes can follow.
      if (next > here || time - painted > 100) {
        painted = time;
        tell(timeline.momentOf(head));
      }
      frame = requestAnimationFrame(tick);
    };
    frame = requestAnimationFrame(tick);
    return () => cancelAnimationFrame(frame);
  }, [isPlaying, timeline]);

  /** The next record that moved a chart. */
  const stepFrom = useCallback(
    (direction: 1 | -1) => {
      const all = timeline.entries;
      const begin = Math.max(all.first - 1, latest.current.place);
      for (let next = begin + direction; next >= all.first && next <= all.last; next += direction) {
        const record = all.at(next)?.record;
        if (record?.type === 'step' && record.transitions.length > 0) return go(next);
      }
    },
    [timeline, go],
  );

  const press = useCallback(
    (key: string, isLarge: boolean): boolean => {
      const here = latest.current.place;
      if (key === 'ArrowRight') isLarge ? stepFrom(1) : go(here + 1);
      else if (key === 'ArrowLeft') isLarge ? stepFrom(-1) : go(here - 1);
      else if (key === 'Home') go(timeline.entries.first);
      else if (key === 'End') onMoment(null);
      else return false;
      return true;
    },
    [timeline, go, stepFrom, onMoment],
  );

  useEffect(() => {
    const onKey = (event: globalThis.KeyboardEvent) => {
      const target = event.target instanceof Element ? event.target : null;
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (target?.closest('input, select, button, [role=listbox], [role=tree], .react-flow') != null) return;
      if (event.key === '/') document.getElementById('search')?.focus();
      else if (event.key === ' ') play();
      else if (!press(event.key, event.shiftKey)) return;
      event.preventDefault();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [play, press]);

  const onKeyDown = (event: KeyboardEvent) => {
    if (press(event.key, event.shiftKey)) event.preventDefault();
  };

  async function copy(): Promise<void> {
    const link = `${location.origin}${location.pathname}${writeHash({ moment: timeline.momentOf(at), actor, token: null })}`;
    await navigator.clipboard.writeText(link).then(
      () => setCopied('Copied'),
      () => setCopied(link),
    );
  }

  const isLive = moment === null;
  return (
    <section className="timeline" aria-label="Time line">
      <div className="scale">
        <Track from={from} to={end} told={to} began={began} bands={bands} marks={marks} density={density} />
        <input
          type="range"
          aria-label="Moment"
          aria-valuetext={`${momentText(at - began)}, record ${place - first + 1} of ${size}`}
          min={0}
          max={Math.max(1, end - from)}
          step="any"
          value={at - from}
          onChange={({ target }) => rest(from + Number(target.value))}
          onKeyDown={onKeyDown}
        />
      </div>
      <div className="keys">
        <button
          type="button"
          onClick={() => stepFrom(-1)}
          aria-label="Step before"
          title="Step before (Shift ←)"
        >
          |◀
        </button>
        <button
          type="button"
          onClick={() => go(place - 1)}
          aria-label="Record before"
          title="Record before (←)"
        >
          ‹
        </button>
        <button
          type="button"
          className="play"
          onClick={play}
          aria-label={isPlaying ? 'Pause' : 'Play'}
          title="Space"
        >
          {isPlaying ? '❚❚' : '▶'}
        </button>
        <button type="button" onClick={() => go(place + 1)} aria-label="Next record" title="Next record (→)">
          ›
        </button>
        <button type="button" onClick={() => stepFrom(1)} aria-label="Next step" title="Next step (Shift →)">
          ▶|
        </button>
        <select aria-label="Speed" value={speed} onChange={({ target }) => setSpeed(Number(target.value))}>
          {speeds.map((one) => (
            <option key={one} value={one}>
              × {one}
            </option>
          ))}
        </select>
        <button
          type="button"
          className={isLive ? 'now on' : 'now'}
          aria-pressed={isLive}
          onClick={() => onMoment(null)}
        >
          Now
        </button>
        <output className="where">
          {momentText(at - began)} <span className="quiet">of {momentText(end - began)}</span>
        </output>
        {marks.length > 0 && (
          <span className={`problems ${marks.some(({ tone }) => tone === 'bad') ? 'bad' : ''}`}>
            <button
              type="button"
              onClick={() => goToMark(-1)}
              disabled={markFrom(marks, place, -1) === undefined}
              aria-label="Problem before"
            >
              ‹
            </button>
            <span>{counted(marks.length, 'problem')}</span>
            <button
              type="button"
              onClick={() => goToMark(1)}
              disabled={markFrom(marks, place, 1) === undefined}
              aria-label="Next problem"
            >
              ›
            </button>
          </span>
        )}
        <button type="button" onClick={() => void copy()}>
          Link
        </button>
        <span role="status" className="quiet copied">
          {copied}
        </span>
      </div>
    </section>
  );
});
