import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, memo, useMemo, useRef, useState } from 'react';
import type { Side } from '../../../inspect/records.js';
import { filterLog, firstTypes, type LogType, lastUpTo, logTypes } from '../model/log.js';
import { toneOf } from '../model/news.js';
import { type Band, bandAt, phaseName } from '../model/phases.js';
import { counted, lineOf, momentText } from '../model/text.js';
import { type Shot, useRowInSight } from './hooks.js';

export interface LogProps {
  readonly shot: Shot;
  readonly bands: readonly Band[];
  readonly place: number;
  readonly isLive: boolean;
  readonly chosen: string | null;
  readonly onGo: (place: number) => void;
}

const lineHeight = 44;

/** Lines that a key goes on. */
const steps: Readonly<Record<string, number>> = {
  ArrowDown: 1,
  ArrowUp: -1,
  PageDown: 10,
  PageUp: -10,
  End: Number.POSITIVE_INFINITY,
  Home: Number.NEGATIVE_INFINITY,
};

/** Everything that happened, to filter and search. The chosen line is the moment that every view shows. */
export const Log = memo(({ shot, bands, place, isLive, chosen, onGo }: LogProps) => {
  const [search, setSearch] = useState('');
  const [types, setTypes] = useState<ReadonlySet<LogType>>(() => new Set(firstTypes));
  const [side, setSide] = useState<Side | null>(null);
  const [isOfActor, setIsOfActor] = useState(false);
  const [heartbeats, setHeartbeats] = useState(false);
  const list = useRef<HTMLDivElement>(null);
  const { entries } = shot;
  const actor = isOfActor ? chosen : null;
  const places = useMemo(
    () => filterLog(shot.entries, { search, types, side, heartbeats, actor }),
    [shot, search, types, side, heartbeats, actor],
  );
  const current = lastUpTo(places, place);
  const rows = useVirtualizer({
    count: places.length,
    getScrollElement: () => list.current,
    estimateSize: () => lineHeight,
    overscan: 8,
  });

  useRowInSight(list, current, lineHeight, isLive);

  const toggle = (type: LogType) => {
    const next = new Set(types);
    if (!next.delete(type)) next.add(type);
    setTypes(next);
  };

  // The list keeps the focus: a focused line would lose it when it scrolls out of sight.
  function choose(at: number): void {
    list.current?.focus({ preventScroll: true });
    onGo(at);
  }

  function onKeyDown(event: KeyboardEvent): void {
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    const next = places[Math.min(places.length - 1, Math.max(0, current + step))];
    if (next !== undefined) onGo(next);
  }

  return (
    <section className="panel log" aria-label="Log">
      <div className="bar">
        <h2>Log</h2>
        <input
          type="search"
          id="search"
          placeholder="Search  ( / )"
          aria-label="Search the log"
          value={search}
          onChange={({ target }) => setSearch(target.value)}
        />
      </div>
      <div className="bar filters">
        {logTypes.map((type) => (
          <label key={type}>
            <input type="checkbox" checked={types.has(type)} onChange={() => toggle(type)} /> {type}s
          </label>
        ))}
        <label>
          <input
            type="checkbox"
            checked={heartbeats}
            onChange={({ target }) => setHeartbeats(target.checked)}
          />{' '}
          heartbeats
        </label>
        <select
          aria-label="End of the connection"
          value={side ?? ''}
          onChange={({ target }) => setSide(target.value === '' ? null : (target.value as Side))}
        >
          <option value="">both ends</option>
          <option value="client">client</option>
          <option value="server">server</option>
        </select>
        <label>
          <input
            type="checkbox"
            checked={isOfActor}
            onChange={({ target }) => setIsOfActor(target.checked)}
          />{' '}
          chosen actor
        </label>
        <span className="quiet count">{counted(places.length, 'line')}</span>
      </div>
      <div
        className="lines"
        ref={list}
        role="listbox"
        aria-label="What happened"
        tabIndex={0}
        aria-activedescendant={current >= 0 ? `line-${places[current]}` : undefined}
        onKeyDown={onKeyDown}
      >
        <div role="presentation" style={{ height: rows.getTotalSize(), position: 'relative' }}>
          {rows.getVirtualItems().map(({ index, start }) => {
            const at = places[index] ?? entries.first;
            const entry = entries.at(at);
            if (entry === undefined) return null;
            const { who, side: end, title, detail } = lineOf(entry);
            const stage = bandAt(bands, entry.at)?.phase;
            return (
              // biome-ignore lint/a11y/useKeyWithClickEvents: the list has the keys, its lines have none
              <div
                key={at}
                id={`line-${at}`}
                role="option"
                tabIndex={-1}
                aria-selected={index === current}
                aria-setsize={places.length}
                aria-posinset={index + 1}
                className={`line ${entry.record.type} ${toneOf(entry.record)} ${at > place ? 'later' : ''}`}
                style={{ transform: `translateY(${start}px)`, height: lineHeight }}
                onClick={() => choose(at)}
              >
                <span className="time">{momentText(entry.at - entries.began)}</span>
                <span className={`who ${end ?? ''}`}>{who}</span>
                <span className="title" title={detail === '' ? title : `${title}: ${detail}`}>
                  {title}
                </span>
                <span className="detail">{detail}</span>
                {stage !== undefined && <span className="part">{phaseName(stage)}</span>}
              </div>
            );
          })}
        </div>
      </div>
    </section>
  );
});
