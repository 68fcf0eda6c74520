import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, type ReactNode, useMemo, useRef, useState } from 'react';
import { type Arrow, arrowsOf, isWaiting } from '../model/exchanges.js';
import { type Band, bandAt, phaseName } from '../model/phases.js';
import { type Group, lineSpan, problemAfter, summaryOf, type TalkLine, talkOf } from '../model/talk.js';
import { counted, durationText, momentText, sizeText } from '../model/text.js';
import { perShot, type Shot, useRowInSight } from './hooks.js';

export interface ConversationProps {
  readonly shot: Shot;
  readonly bands: readonly Band[];
  readonly place: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly isLive: boolean;
  readonly onGo: (place: number) => void;
}

const rowHeight = 40;
const arrowsIn = perShot(arrowsOf);
const noneOpened: ReadonlySet<number> = new Set();

/** The messages of both ends as a sequence diagram, up to the chosen moment. */
export function Conversation({ shot, bands, place, now, isLive, onGo }: ConversationProps) {
  const all = arrowsIn(shot);
  const list = useRef<HTMLDivElement>(null);
  /** Groups that are shown whole, by the place of their first arrow. */
  const [opened, setOpened] = useState(noneOpened);
  const shown = useMemo(() => countUpTo(all, place), [all, place]);
  const lines = useMemo(() => talkOf(all, shown, place, opened), [all, shown, place, opened]);
  const summary = useMemo(() => summaryOf(all, shown, place), [all, shown, place]);
  const rows = useVirtualizer({
    count: lines.length,
    getScrollElement: () => list.current,
    estimateSize: () => rowHeight,
    overscan: 6,
  });
  useRowInSight(list, lines.length - 1, rowHeight, isLive);

  const problem = problemAfter(all, place);
  const toggle = (group: number) => {
    const next = new Set(opened);
    if (!next.delete(group)) next.add(group);
    setOpened(next);
  };

  // The list keeps the focus: a focused line would lose it when it scrolls out of sight.
  function choose(line: TalkLine): void {
    list.current?.focus({ preventScroll: true });
    if ('group' in line) toggle(line.group.first.place);
    else onGo(line.arrow.place);
  }

  function onKeyDown(event: KeyboardEvent): void {
    const last = lines.at(-1);
    if (event.key === 'Enter' && last !== undefined && 'group' in last) {
      event.preventDefault();
      toggle(last.group.first.place);
      return;
    }
    const before = lines.at(-2);
    const next =
      event.key === 'ArrowDown'
        ? all[shown]?.place
        : event.key === 'ArrowUp' && before
          ? lineSpan(before)[1]
          : null;
    if (next === null || (event.key !== 'ArrowDown' && event.key !== 'ArrowUp')) return;
    event.preventDefault();
    if (next !== undefined) onGo(next);
  }

  return (
    <div className="conversation">
      <Summary summary={summary} later={all.length - shown} onGo={onGo}>
        <button
          type="button"
          disabled={problem === undefined}
          onClick={() => problem !== undefined && onGo(problem.place)}
        >
          Next problem
        </button>
      </Summary>
      <div className="ends" aria-hidden="true">
        <span className="client">client</span>
        <span className="server">server</span>
        <span className="latency">answered in</span>
      </div>
      <div
        className="lines"
        ref={list}
        role="listbox"
        aria-label="Messages"
        tabIndex={0}
        aria-activedescendant={lines.length > 0 ? idOf(lines.at(-1)) : undefined}
        onKeyDown={onKeyDown}
      >
        <div role="presentation" style={{ height: rows.getTotalSize(), position: 'relative' }}>
          {rows.getVirtualItems().map(({ index, start }) => {
            const line = lines[index];
            if (line === undefined) return null;
            const arrow = 'arrow' in line ? line.arrow : line.group.first;
            const waits = 'arrow' in line && arrow.type === 'message' && isWaiting(arrow.exchange, place);
            const stage = bandAt(bands, arrow.at)?.phase;
            const isSlowest = 'arrow' in line && arrow === summary.slowest;
            return (
              // biome-ignore lint/a11y/useKeyWithClickEvents: the list has the keys, its lines have none
              <div
                key={arrow.place}
                id={idOf(line)}
                role="option"
                tabIndex={-1}
                aria-selected={index === lines.length - 1}
                aria-setsize={lines.length}
                aria-posinset={index + 1}
                className={`arrow ${'group' in line ? 'group' : `${arrow.type} from-${arrow.from}`} ${waits ? 'waits' : ''} ${isSlowest ? 'slowest' : ''}`}
                style={{ transform: `translateY(${start}px)`, height: rowHeight }}
                onClick={() => choose(line)}
              >
                <span className="time">
                  {momentText(arrow.at - shot.entries.began)}
                  {stage !== undefined && <span className="part">{phaseName(stage)}</span>}
                </span>
                <span className="shaft">
                  <span className="label">
                    {'group' in line ? (
                      groupText(line.group)
                    ) : (
                      <>
                        <span className="hidden">{directionOf(arrow)}</span>
                        {labelOf(arrow)}
                      </>
                    )}
                  </span>
                </span>
                <span className="note">
                  {'group' in line ? spanOf(line.group) : noteOf(arrow, waits, now, place)}
                  {isSlowest && <span className="tag">slowest</span>}
                </span>
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}

interface SummaryProps {
  readonly summary: ReturnType<typeof summaryOf>;
  readonly later: number;
  readonly onGo: (place: number) => void;
  readonly children: ReactNode;
}

function Summary({ summary, later, onGo, children }: SummaryProps) {
  const { messages, median, slowest, resent, failed, waiting } = summary;
  return (
    <div className="bar sum">
      <p>
        {counted(messages, 'message')},{' '}
        {waiting.length === 0 ? 'none waited for' : `waited for: ${waiting.join(', ')}`}
        {later > 0 && `; ${counted(later, 'arrow')} later`}
      </p>
      {median !== null && <p className="quiet">half answered within {durationText(median)}</p>}
      {slowest !== null && (
        <button type="button" className="link" onClick={() => onGo(slowest.place)}>
          slowest: {slowest.exchange.kind}, {durationText(slowest.exchange.roundTrip ?? 0)}
        </button>
      )}
      {resent > 0 && <span className="chip warn">{resent} sent again</span>}
      {failed > 0 && <span className="chip bad">{failed} failed</span>}
      {children}
    </div>
  );
}

const idOf = (line: TalkLine | undefined) => (line === undefined ? undefined : `arrow-${lineSpan(line)[0]}`);

function countUpTo(arrows: readonly Arrow[], place: number): number {
  const after = arrows.findIndex((arrow) => arrow.place > place);
  return after === -1 ? arrows.length : after;
}

const groupText = ({ kind, messages, bytes, arrows }: Group) =>
  `${messages} × ${kind} and ${counted(arrows.length - messages, 'answer')} · ${sizeText(bytes)}`;

const spanOf = ({ fastest, slowest }: Group) =>
  !Number.isFinite(fastest) ? '' : `${durationText(fastest)} – ${durationText(slowest)}`;

function labelOf({ type, exchange, bytes, error }: Arrow): string {
  const size = bytes === null ? '' : ` · ${sizeText(bytes)}`;
  if (type === 'message') return `${exchange.kind}${size}`;
  if (type === 'resend') return `${exchange.kind} again${size}`;
  if (type === 'failure') return `${exchange.kind} given up: ${error ?? 'no answer'}`;
  return `answer to ${exchange.kind}${error === null ? size : `: ${error}`}`;
}

function noteOf({ type, exchange }: Arrow, waits: boolean, now: number, place: number): string {
  if (waits) return `waits ${durationText(Math.max(0, now - exchange.at))}`;
  if (type === 'failure') return `after ${durationText(exchange.roundTrip ?? 0)}`;
  if (type === 'answer') return durationText(exchange.roundTrip ?? 0);
  const resends = exchange.resends.filter((resend) => resend <= place).length;
  if (type === 'message' && resends > 0) return resends === 1 ? 'sent again' : `sent again ${resends} times`;
  return '';
}

/** The drawing in words. */
function directionOf({ type, from }: Arrow): string {
  if (type === 'failure') return `${from}, without an answer: `;
  return from === 'client' ? 'client to server: ' : 'server to client: ';
}
