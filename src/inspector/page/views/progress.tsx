import { memo, useMemo } from 'react';
import { barsOf, type Rates, ratesOf, type StageProgress, stagesOf } from '../model/progress.js';
import { durationText, sizeText } from '../model/text.js';
import type { View } from '../model/timeline.js';
import { perShot, type Shot } from './hooks.js';

export interface ProgressProps {
  readonly shot: Shot;
  readonly views: readonly View[];
  readonly place: number;
}

const slots = 120;
const ratesIn = perShot((entries) => ratesOf(entries, slots));

/** What moved, stage by stage, and how fast. */
export const Progress = memo(({ shot, views, place }: ProgressProps) => {
  const stages = useMemo(() => stagesOf(views), [views]);
  const rates = ratesIn(shot);
  const here = Math.floor(((shot.entries.at(place)?.at ?? rates.from) - rates.from) / rates.slot);
  return (
    <div className="progress">
      {stages.length === 0 ? (
        <p className="empty">No transfer reports how far it is. A server alone does not know.</p>
      ) : (
        <table>
          <thead>
            <tr>
              <th scope="col">stage</th>
              <th scope="col">moved</th>
              <th scope="col">bytes</th>
              <th scope="col">state</th>
            </tr>
          </thead>
          <tbody>
            {stages.map((stage) => (
              <Stage key={stage.step} {...stage} />
            ))}
          </tbody>
        </table>
      )}
      <Plot
        title="Bytes sent"
        values={rates.bytes}
        rates={rates}
        here={here}
        text={(value) => sizeText(value)}
      />
      <Plot
        title="Messages"
        values={rates.messages}
        rates={rates}
        here={here}
        text={(value) => String(value)}
      />
    </div>
  );
});

function Stage({ step, items, bytes, totalItems, totalBytes, status }: StageProgress) {
  const [done, all] = totalBytes === null ? [items, totalItems] : [bytes, totalBytes];
  return (
    <tr className={status}>
      <th scope="row">{step}</th>
      <td>{totalItems === null ? items : `${items} of ${totalItems}`}</td>
      <td>{bytes === 0 ? '' : sizeText(bytes)}</td>
      <td>
        {status === 'moves' && all !== null ? (
          <progress max={Math.max(1, all)} value={done} aria-label={`${step} moved`} />
        ) : (
          status
        )}
      </td>
    </tr>
  );
}

interface PlotProps {
  readonly title: string;
  readonly values: readonly number[];
  readonly rates: Rates;
  readonly here: number;
  readonly text: (value: number) => string;
}

/** The part after the chosen moment is pale. */
function Plot({ title, values, rates, here, text }: PlotProps) {
  const most = Math.max(1, ...values);
  const sum = values.slice(0, here + 1).reduce((total, value) => total + value, 0);
  const perSecond = (most * 1000) / rates.slot;
  const words = `${text(sum)} up to here, at most ${text(Math.round(perSecond))} a second`;
  return (
    <figure>
      <figcaption>
        {title} <span className="quiet">{words}</span>
      </figcaption>
      <svg
        className="plot"
        viewBox={`0 0 ${slots} 60`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`${title}: ${words}`}
      >
        <path d={barsOf(values, 60, 0, here + 1)} />
        <path className="later" d={barsOf(values, 60, here + 1)} />
      </svg>
      <p className="quiet">a bar is {durationText(rates.slot)}</p>
    </figure>
  );
}
