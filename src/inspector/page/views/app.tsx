import {
  lazy,
  type ReactNode,
  Suspense,
  useCallback,
  useDeferredValue,
  useEffect,
  useMemo,
  useRef,
  useState,
  useSyncExternalStore,
} from 'react';
import type { Feed } from '../feed.js';
import { readFile } from '../file.js';
import { drawingFor } from '../model/chart.js';
import { readHash, writeHash } from '../model/location-hash.js';
import { marksOf } from '../model/news.js';
import { isOver as isAllOver, outcomeOf } from '../model/outcome.js';
import { bandsOf } from '../model/phases.js';
import type { Moment, Timeline } from '../model/timeline.js';
import { findActor, treeOf } from '../model/tree.js';
import { Actors } from './actors.js';
import { Banner } from './banner.js';
import { Boundary } from './boundary.js';
import { Compare } from './compare.js';
import { ContextView } from './context.js';
import { Conversation } from './conversation.js';
import { Header } from './header.js';
import { perShot, useMedia, useNow, useTimeline } from './hooks.js';
import { place as layOut } from './layout.js';
import { Log } from './log.js';
import { Progress } from './progress.js';
import { Save } from './save.js';
import { Steer } from './steering.js';
import { Tabs } from './tabs.js';
import { TimeBar } from './time-bar.js';
import { Times } from './times.js';

/** React Flow is loaded with the first chart. */
const Chart = lazy(async () => ({ default: (await import('./chart.js')).Chart }));

export interface AppProps {
  readonly timeline: Timeline;
  readonly feed: Feed;
  /** The recording that this page is one file with. */
  readonly embedded: File | null;
}

const began = readHash(location.hash);
const bandsIn = perShot(bandsOf);
const marksIn = perShot(marksOf);

export function App({ timeline, feed, embedded }: AppProps) {
  const shot = useTimeline(timeline);
  const status = useSyncExternalStore(feed.subscribe, () => feed.status);
  const [moment, setMoment] = useState<Moment>(began.moment);
  const [chosen, setChosen] = useState<string | null>(began.actor);
  const [withEnded, setWithEnded] = useState(true);
  const [notice, setNotice] = useState('');
  const isWide = useMedia('(min-width: 1100px)');
  const reading = useRef<AbortController>(null);

  useEffect(() => {
    const link = writeHash({ moment, actor: chosen, token: began.token });
    history.replaceState(null, '', link === '' ? location.pathname : link);
  }, [moment, chosen]);

  useEffect(() => {
    const follow = () => {
      const link = readHash(location.hash);
      setMoment(link.moment);
      if (link.actor !== null) setChosen(link.actor);
    };
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);

  // A moment that moves on in a silence leads to the same record.
  const [reporter, seq] = [moment?.reporter, moment?.seq];
  const at = useMemo(
    () => (reporter === undefined || seq === undefined ? null : { reporter, seq }),
    [reporter, seq],
  );
  const place = useMemo(() => shot.timeline.placeOf(at), [shot, at]);
  const views = useMemo(() => shot.timeline.viewsAt(at), [shot, at]);
  const latest = useMemo(() => shot.timeline.viewsAt(null), [shot]);
  const sides = useMemo(() => treeOf(views, withEnded), [views, withEnded]);
  const first = sides[0]?.items.find(({ actor }) => actor.actor.machine !== null)?.key ?? null;
  const chosenKey = findActor(views, chosen) === null ? first : chosen;
  // The tree follows the arrow keys at once; the chart is drawn once the selection rests.
  const drawnKey = useDeferredValue(chosenKey);
  const found = useMemo(() => findActor(views, drawnKey), [views, drawnKey]);

  // Placed before a user looks at it, so that it is there at once.
  const machine = found?.actor.actor.machine ?? null;
  const definition = found?.view.state.machines.find((one) => one.machine === machine)?.definition ?? null;
  useEffect(() => {
    if (definition !== null) layOut(drawingFor(definition)).catch(() => {});
  }, [definition]);

  const isOver = isAllOver(latest);
  const isAlive = status === 'live' && latest.some(({ history }) => !history.isGone);
  const clock = useNow(moment === null && isAlive && !isOver);
  const entry = timeline.entries.at(place);
  const entryAt = timeline.timeOf(moment) ?? entry?.at ?? 0;
  const now = moment === null && isAlive && !isOver ? Math.max(clock, entryAt) : entryAt;
  const bands = bandsIn(shot);
  const marks = marksIn(shot);
  const isLast = place >= timeline.entries.last;
  const canGoOn = !isLast || isAlive;
  const outcome = outcomeOf({ views, bands, place, now, canGoOn, isLast, isRecording: status === 'off' });

  useEffect(() => {
    document.title = outcome.title;
  }, [outcome.title]);

  const go = useCallback((next: number) => setMoment(timeline.momentAt(next)), [timeline]);

  const openFile = useCallback(
    async (file: File) => {
      feed.stop();
      reading.current?.abort();
      reading.current = new AbortController();
      const { signal } = reading.current;
      setMoment(null);
      setNotice(`Reading ${file.name} …`);
      try {
        const ending = await readFile(file, timeline, signal);
        setNotice(
          ending === 'complete' ? file.name : `${file.name}: cut off; all of it that is whole is shown`,
        );
      } catch (error) {
        if (signal.aborted) return;
        setNotice(`${file.name}: ${error instanceof Error ? error.message : String(error)}`);
      }
    },
    [feed, timeline],
  );

  useEffect(() => {
    if (embedded !== null) void openFile(embedded);
  }, [embedded, openFile]);

  useEffect(() => {
    const over = (event: DragEvent) => event.preventDefault();
    const dropped = (event: DragEvent) => {
      event.preventDefault();
      const file = event.dataTransfer?.files[0];
      if (file !== undefined) void openFile(file);
    };
    addEventListener('dragover', over);
    addEventListener('drop', dropped);
    return () => {
      removeEventListener('dragover', over);
      removeEventListener('drop', dropped);
    };
  }, [openFile]);

  const shown = [shot, place, drawnKey];
  const part = (name: string, content: ReactNode) => (
    <Boundary name={name} shown={shown}>
      {content}
    </Boundary>
  );
  const actors = part(
    'The tree of actors',
    <Actors
      sides={sides}
      chosen={chosenKey}
      onChoose={setChosen}
      withEnded={withEnded}
      onWithEnded={setWithEnded}
    />,
  );
  const context = part('The context', <ContextView found={found} now={now} entry={entry} />);
  const log = part(
    'The log',
    <Log shot={shot} bands={bands} place={place} isLive={moment === null} chosen={chosenKey} onGo={go} />,
  );
  const chart = part(
    'The chart',
    <Suspense fallback={<p className="empty">Drawing …</p>}>
      <Chart shot={shot} found={found} views={views} now={now} />
    </Suspense>,
  );
  const conversation = part(
    'The conversation',
    <Conversation shot={shot} bands={bands} place={place} now={now} isLive={moment === null} onGo={go} />,
  );
  const progress = part(
    'The progress',
    <Progress shot={shot} views={views} bands={bands} place={place} now={now} canGoOn={canGoOn} />,
  );

  const run = part(
    'The run',
    <>
      <Save shot={shot} name={status === 'off' ? notice.replace(/:.*/, '') : ''} />
      <Compare shot={shot} />
      <Times shot={shot} />
    </>,
  );

  return (
    <div className="app">
      <Header
        shot={shot}
        status={status}
        isOver={isOver}
        outcome={outcome}
        notice={notice}
        onFile={openFile}
      />
      <div className="news">
        <Banner outcome={outcome} />
        {status !== 'off' && feed.canControl && began.token !== null && (
          <Steer views={latest} feed={feed} token={began.token} />
        )}
      </div>
      {isWide ? (
        <main className="wide">
          <div className="column">
            {actors}
            {context}
          </div>
          <Tabs
            name="Views"
            tabs={[
              { id: 'progress', title: 'Progress', content: progress },
              { id: 'conversation', title: 'Conversation', content: conversation },
              { id: 'chart', title: 'Chart', content: chart },
              { id: 'run', title: 'Compare', content: run },
            ]}
          />
          {log}
        </main>
      ) : (
        <main className="narrow">
          <Tabs
            name="Views"
            tabs={[
              { id: 'progress', title: 'Progress', content: progress },
              { id: 'conversation', title: 'Talk', content: conversation },
              { id: 'log', title: 'Log', content: log },
              { id: 'chart', title: 'Chart', content: chart },
              { id: 'actors', title: 'Actors', content: actors },
              { id: 'context', title: 'Context', content: context },
              { id: 'run', title: 'Compare', content: run },
            ]}
          />
        </main>
      )}
      {part(
        'The time line',
        <TimeBar
          shot={shot}
          moment={moment}
          place={place}
          now={now}
          bands={bands}
          marks={marks}
          onMoment={setMoment}
          actor={chosenKey}
        />,
      )}
    </div>
  );
}
