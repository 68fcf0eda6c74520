import { durationText } from '../model/text.js';
import { timesOf } from '../model/times.js';
import { perShot, type Shot } from './hooks.js';

const timesIn = perShot(timesOf);
/** Further rows are too short to matter. */
const mostRows = 40;

/** How long the charts were in which state, over the whole run. */
export function Times({ shot }: { readonly shot: Shot }) {
  const all = timesIn(shot);
  const rows = all.slice(0, mostRows);
  const run = shot.entries.to - shot.entries.from;
  if (rows.length === 0) return <p className="empty">No chart has begun.</p>;
  return (
    <div className="times">
      <table>
        <caption>
          Time in each state over {durationText(run)}
          {all.length > mostRows ? `, the longest ${mostRows} of ${all.length}` : ''}
        </caption>
        <thead>
          <tr>
            <th scope="col">chart</th>
            <th scope="col">state</th>
            <th scope="col">total</th>
            <th scope="col">of the run</th>
            <th scope="col">visits</th>
            <th scope="col">longest</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ path, state, total, visits, longest, isOpen }) => (
            <tr key={`${path} ${state}`}>
              <th scope="row">{path}</th>
              <td>
                {state}
                {isOpen && <span className="quiet"> (still)</span>}
              </td>
              <td>{durationText(total)}</td>
              <td>{run > 0 ? `${Math.round((100 * total) / run)} %` : ''}</td>
              <td>{visits.toLocaleString('en')}</td>
              <td>{durationText(longest)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
