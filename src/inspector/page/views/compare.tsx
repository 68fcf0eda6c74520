import { type ChangeEvent, useEffect, useMemo, useRef, useState } from 'react';
import { readFile } from '../file.js';
import {
  around,
  type ComparedActor,
  type ComparedStep,
  compareRuns,
  isSame,
  type Pair,
} from '../model/compare.js';
import { counted, missingText, momentText } from '../model/text.js';
import { createTimeline, type Timeline } from '../model/timeline.js';
import type { Shot } from './hooks.js';

interface Other {
  readonly name: string;
  readonly timeline: Timeline;
}

/** This run beside another recording, up to their first divergence. */
export function Compare({ shot }: { readonly shot: Shot }) {
  const [other, setOther] = useState<Other | null>(null);
  const [notice, setNotice] = useState('');
  const reading = useRef<AbortController>(null);
  useEffect(() => () => reading.current?.abort(), []);

  const open = async ({ target }: ChangeEvent<HTMLInputElement>) => {
    const file = target.files?.[0];
    if (file === undefined) return;
    reading.current?.abort();
    reading.current = new AbortController();
    const { signal } = reading.current;
    const timeline = createTimeline();
    setNotice(`Reading ${file.name} …`);
    try {
      const ending = await readFile(file, timeline, signal);
      setOther({ name: file.name, timeline });
      setNotice(ending === 'complete' ? '' : `${file.name} was cut off: all of it that is whole is compared`);
    } catch (error) {
      if (signal.aborted) return;
      setNotice(`${file.name}: ${error instanceof Error ? error.message : String(error)}`);
    }
    // The same file can be chosen again.
    target.value = '';
  };

  return (
    <div className="compare">
      <p>
        <label className="button file">
          Compare with another recording
          <input type="file" accept=".jsonl,.json,.txt" onChange={(event) => void open(event)} />
        </label>{' '}
        <span role="status">{notice}</span>
      </p>
      {other === null ? (
        <p className="quiet">
          Lays this run and another side by side, chart by chart and step by step, and shows the first place
          where they differ. Times, sizes and ids do not count, nor does how often a step repeats itself.
        </p>
      ) : (
        <Compared shot={shot} other={other} />
      )}
    </div>
  );
}

function Compared({ shot, other }: { readonly shot: Shot; readonly other: Other }) {
  const { actors, first } = useMemo(() => compareRuns(shot.entries, other.timeline.entries), [shot, other]);
  const [chosen, setChosen] = useState<string | null>(null);
  const shown = actors.find(({ path }) => path === chosen) ?? first;
  const diverging = actors.filter(({ divergence }) => divergence !== null);
  const missing = shot.timeline.dropped + other.timeline.dropped;
  return (
    <>
      <p className="verdict" role="status">
        {first === null
          ? `Both runs did the same: ${counted(actors.length, 'chart')}, ${counted(stepsOf(actors), 'step')}.`
          : `${placeOf(first, other.name)} Charts that differ: ${diverging.length} of ${actors.length}.`}
      </p>
      {missing > 0 && <p>{missingText(missing)}: not compared.</p>}
      {diverging.length > 1 && (
        <label>
          Chart{' '}
          <select value={shown?.path} onChange={({ target }) => setChosen(target.value)}>
            {diverging.map(({ path }) => (
              <option key={path}>{path}</option>
            ))}
          </select>
        </label>
      )}
      {shown != null && <SideBySide actor={shown} name={other.name} />}
    </>
  );
}

function placeOf({ path, pairs, divergence }: ComparedActor, name: string): string {
  const [begin] = pairs;
  if (begin?.left == null) return `The first divergence: only ${name} has ${path}.`;
  if (begin.right === null) return `The first divergence: only this run has ${path}.`;
  return `The first divergence is in ${path}, at its step ${(divergence ?? 0) + 1}.`;
}

const stepsOf = (actors: readonly ComparedActor[]) =>
  actors.reduce((sum, { pairs }) => sum + pairs.length, 0);

function SideBySide({ actor, name }: { readonly actor: ComparedActor; readonly name: string }) {
  const pairs = around(actor);
  const [begin] = actor.pairs;
  const isFirst = ({ number }: Pair) => number - 1 === actor.divergence;
  return (
    <table className="pairs">
      <caption>
        {actor.path}: {sameText(actor)}
      </caption>
      <thead>
        <tr>
          <th scope="col">step</th>
          <th scope="col">this run</th>
          <th scope="col">{name}</th>
        </tr>
      </thead>
      <tbody>
        {pairs.map((pair) => (
          <tr key={pair.number} className={isSame(pair) ? 'same' : isFirst(pair) ? 'first' : 'other'}>
            <th scope="row">
              {pair.number}
              {isFirst(pair) && <span className="hidden"> (first divergence)</span>}
            </th>
            <td>
              <Step step={pair.left} none={noneIn(begin?.left)} />
            </td>
            <td>
              <Step step={pair.right} none={noneIn(begin?.right)} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function sameText({ divergence, pairs }: ComparedActor): string {
  const same = divergence ?? pairs.length;
  return same === 0 ? 'different from the first step on' : `the same for ${counted(same, 'step')}`;
}

/** What stands where a run has no step. */
const noneIn = (first: ComparedStep | null | undefined) =>
  first == null ? 'no such chart' : 'no further step';

function Step({ step, none }: { readonly step: ComparedStep | null; readonly none: string }) {
  if (step === null) return <span className="quiet">{none}</span>;
  const { event, state, detail, times, ms } = step;
  return (
    <>
      <code>{event}</code> → <strong>{state}</strong>
      {times > 1 && <span className="quiet"> × {times.toLocaleString('en')}</span>}
      <br />
      <span className="quiet">
        {momentText(ms)}
        {detail === '' ? '' : ` · ${detail}`}
      </span>
    </>
  );
}
