import { memo } from 'react';
import type { Band } from '../model/phases.js';
import { type ProgressRow, progressOf, statusWords, totalsOf } from '../model/progress.js';
import { barsOf, type Rates, ratesOf } from '../model/rates.js';
import { counted, durationText, sizeText, spanText } from '../model/text.js';
import type { View } from '../model/timeline.js';
import { perShot, type Shot } from './hooks.js';

export interface ProgressProps {
  readonly shot: Shot;
  readonly views: readonly View[];
  readonly bands: readonly Band[];
  readonly place: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Whether more can come after the moment. */
  readonly canGoOn: boolean;
}

const slots = 120;
const ratesIn = perShot((entries) => ratesOf(entries, slots));

/** What moved, part by part, how fast, and how long it takes. */
export const Progress = memo(({ shot, views, bands, place, now, canGoOn }: ProgressProps) => {
  const rows = progressOf({ views, bands, place, now, canGoOn });
  const rates = ratesIn(shot);
  const here = Math.floor((now - rates.from) / rates.slot);
  // While a server is silent the records end, the axis does not.
  const told = shot.entries.to - rates.from;
  const width = `${(100 * told) / Math.max(1, told, now - rates.from)}%`;
  return (
    <div className="progress">
      {rows.length === 0 ? (
        <p className="empty">No transfer reports how far it is: a server alone does not know it.</p>
      ) : (
        <>
          <Totals rows={rows} />
          <table>
            <thead>
              <tr>
                <th scope="col">part</th>
                <th scope="col">state</th>
                <th scope="col" className="number">
                  moved
                </th>
                <th scope="col" className="number">
                  bytes
                </th>
                <th scope="col" className="number rate">
                  rate
                </th>
                <th scope="col" className="number">
                  time
                </th>
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <Row key={row.phase} row={row} />
              ))}
            </tbody>
          </table>
        </>
      )}
      <Plot title="Bytes sent" values={rates.bytes} rates={rates} here={here} width={width} text={sizeText} />
      <Plot title="Messages" values={rates.messages} rates={rates} here={here} width={width} text={String} />
    </div>
  );
});

const number = (value: number) => value.toLocaleString('en');

function Totals({ rows }: { readonly rows: readonly ProgressRow[] }) {
  const { items, bytes, row } = totalsOf(rows);
  const rate =
    row?.byteRate != null && row.byteRate > 0 ? `${sizeText(Math.round(row.byteRate))}/s` : rateText(row);
  return (
    <dl className="totals">
      <div>
        <dt>moved</dt>
        <dd>{counted(items, 'item')}</dd>
      </div>
      <div>
        <dt>files</dt>
        <dd>{sizeText(bytes)}</dd>
      </div>
      <div>
        <dt>rate now</dt>
        <dd>{rate === '' ? '–' : rate}</dd>
      </div>
      <div>
        <dt>left in this stage</dt>
        <dd>{row?.left == null ? (row === null ? '–' : 'unknown') : leftText(row.left)}</dd>
      </div>
    </dl>
  );
}

const leftText = (ms: number) => (ms < 1000 ? 'under a second' : `about ${spanText(ms)}`);

const rateText = (row: ProgressRow | null) =>
  row?.itemRate == null ? '' : `${number(Math.max(1, Math.round(row.itemRate)))}/s`;

function Row({ row }: { readonly row: ProgressRow }) {
  const { phase, name, isStage, status, items, bytes, totalItems, totalBytes, took, leftOut } = row;
  const [done, all] = totalBytes !== null && totalBytes > 0 ? [bytes, totalBytes] : [items, totalItems];
  const began = status !== 'waits' && status !== 'notReached' && status !== 'skipped';
  return (
    <tr className={`${status} ${isStage ? 'stage' : 'aside'}`} data-phase={phase}>
      <th scope="row">{name}</th>
      <td>
        <span className="chip">{statusWords[status]}</span>
        {status === 'moves' && isStage && all !== null && all > 0 && (
          <progress max={all} value={done} aria-label={`${name} moved`} />
        )}
      </td>
      <td className="number">
        {isStage && began && (
          <>
            {totalItems === null ? number(items) : `${number(items)} of ${number(totalItems)}`}
            {leftOut > 0 && <span className="quiet"> ({number(leftOut)} left out)</span>}
          </>
        )}
      </td>
      <td className="number">
        {bytes > 0 && (
          <>
            {sizeText(bytes)}
            {totalBytes !== null && <span className="total"> of {sizeText(totalBytes)}</span>}
          </>
        )}
      </td>
      <td className="number rate">{isStage && began ? rateText(row) : ''}</td>
      <td className="number">{took === null ? '' : spanText(took)}</td>
    </tr>
  );
}

interface PlotProps {
  readonly title: string;
  readonly values: readonly number[];
  readonly rates: Rates;
  readonly here: number;
  /** Of the part of the axis that records tell of. */
  readonly width: string;
  readonly text: (value: number) => string;
}

/** The part after the chosen moment is pale. */
function Plot({ title, values, rates, here, width, text }: PlotProps) {
  const most = Math.max(1, ...values);
  const sum = values.slice(0, here + 1).reduce((total, value) => total + value, 0);
  const perSecond = (most * 1000) / rates.slot;
  const words = `${text(sum)} up to here, at most ${text(Math.round(perSecond))} a second`;
  return (
    <figure>
      <figcaption>
        <h3>{title}</h3> <span className="quiet">{words}</span>
      </figcaption>
      <div className="plot">
        <svg
          style={{ width }}
          viewBox={`0 0 ${slots} 60`}
          preserveAspectRatio="none"
          role="img"
          aria-label={`${title}: ${words}`}
        >
          <path d={barsOf(values, 60, 0, here + 1)} />
          <path className="later" d={barsOf(values, 60, here + 1)} />
        </svg>
      </div>
      <p className="quiet">one bar: {durationText(rates.slot)}</p>
    </figure>
  );
}
