import { memo } from 'react';
import { ticksOf } from '../model/axis.js';
import type { Mark } from '../model/news.js';
import { type Band, phaseName } from '../model/phases.js';
import { barsOf } from '../model/rates.js';

export interface TrackProps {
  /** Of the first entry, and of the end of the axis. Milliseconds since the epoch. */
  readonly from: number;
  readonly to: number;
  /** Where the records end: the axis goes on while a process is silent. */
  readonly told: number;
  /** Of the beginning that the page counts from. */
  readonly began: number;
  readonly bands: readonly Band[];
  readonly marks: readonly Mark[];
  readonly density: readonly number[];
}

/** Under the playhead: an axis, the parts of the transfer, how much happened when, errors and resends. */
export const Track = memo(({ from, to, told, began, bands, marks, density }: TrackProps) => {
  const span = Math.max(1, to - from);
  const percent = (at: number) => (100 * Math.min(1, Math.max(0, (at - from) / span))).toFixed(3);
  const offset = from - began;
  return (
    <div className="track" aria-hidden="true">
      {bands.map((band) => {
        const end = band.to ?? to;
        const width = (100 * (end - Math.max(from, band.from))) / span;
        return (
          <span
            key={band.place}
            className={`band ${band.phase}`}
            style={{ left: `${percent(band.from)}%`, width: `${Math.max(0, width)}%` }}
            title={phaseName(band.phase)}
          >
            {width > 6 && phaseName(band.phase)}
          </span>
        );
      })}
      <svg
        className="density"
        aria-hidden="true"
        viewBox={`0 0 ${density.length} 20`}
        preserveAspectRatio="none"
        style={{ width: `${percent(told)}%` }}
      >
        <path d={barsOf(density, 20)} />
      </svg>
      {marks.map((mark) => (
        <span
          key={mark.place}
          className={`mark ${mark.tone}`}
          style={{ left: `${percent(mark.at)}%` }}
          title={mark.words}
        />
      ))}
      {ticksOf(offset + span, 8)
        .filter(({ at }) => at >= offset && at - offset < 0.92 * span)
        .map(({ at, text }) => (
          <span key={at} className="tick" style={{ left: `${percent(began + at)}%` }}>
            {text}
          </span>
        ))}
    </div>
  );
});
