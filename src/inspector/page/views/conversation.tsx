import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, useMemo, useRef } from 'react';
import { type Arrow, arrowsOf, isWaiting } from '../model/exchanges.js';
import { durationText, momentText, sizeText } from '../model/text.js';
import { perShot, type Shot, useRowInSight } from './hooks.js';

export interface ConversationProps {
  readonly shot: Shot;
  readonly place: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly isLive: boolean;
  readonly onGo: (place: number) => void;
}

const rowHeight = 40;
const arrowsIn = perShot(arrowsOf);

/** The messages of both ends as a sequence diagram, up to the chosen moment. */
export function Conversation({ shot, place, now, isLive, onGo }: ConversationProps) {
  const all = arrowsIn(shot);
  const list = useRef<HTMLDivElement>(null);
  const shown = useMemo(() => countUpTo(all, place), [all, place]);
  const { messages, waiting } = useMemo(() => countsOf(all, shown, place), [all, shown, place]);
  const rows = useVirtualizer({
    count: shown,
    getScrollElement: () => list.current,
    estimateSize: () => rowHeight,
    overscan: 6,
  });
  useRowInSight(list, shown - 1, rowHeight, isLive);

  // The list keeps the focus: a focused line would lose it when it scrolls out of sight.
  function choose(at: number): void {
    list.current?.focus({ preventScroll: true });
    onGo(at);
  }

  function onKeyDown(event: KeyboardEvent): void {
    const step = event.key === 'ArrowDown' ? 0 : event.key === 'ArrowUp' ? -2 : null;
    if (step === null) return;
    event.preventDefault();
    const next = all[Math.max(0, shown + step)];
    if (next !== undefined) onGo(next.place);
  }

  return (
    <div className="conversation">
      <p className="quiet sum">
        {messages} messages, {waiting.length === 0 ? 'none waited for' : `waited for: ${waiting.join(', ')}`}
        {shown < all.length && `; ${all.length - shown} arrows later`}
      </p>
      <div className="ends" aria-hidden="true">
        <span className="client">client</span>
        <span className="server">server</span>
      </div>
      <div
        className="lines"
        ref={list}
        role="listbox"
        aria-label="Messages"
        tabIndex={0}
        aria-activedescendant={shown > 0 ? `arrow-${all[shown - 1]?.place}` : undefined}
        onKeyDown={onKeyDown}
      >
        <div role="presentation" style={{ height: rows.getTotalSize(), position: 'relative' }}>
          {rows.getVirtualItems().map(({ index, start }) => {
            const arrow = all[index];
            if (arrow === undefined) return null;
            const { type, exchange } = arrow;
            const waits = type === 'message' && isWaiting(exchange, place);
            return (
              // biome-ignore lint/a11y/useKeyWithClickEvents: the list has the keys, its lines have none
              <div
                key={arrow.place}
                id={`arrow-${arrow.place}`}
                role="option"
                tabIndex={-1}
                aria-selected={index === shown - 1}
                aria-setsize={all.length}
                aria-posinset={index + 1}
                className={`arrow ${type} from-${arrow.from} ${waits ? 'waits' : ''}`}
                style={{ transform: `translateY(${start}px)`, height: rowHeight }}
                onClick={() => choose(arrow.place)}
              >
                <span className="time">{momentText(arrow.at - shot.entries.began)}</span>
                <span className="shaft">
                  <span className="label">
                    <span className="hidden">{directionOf(arrow)}</span>
                    {labelOf(arrow)}
                  </span>
                </span>
                <span className="note">{noteOf(arrow, waits, now, place)}</span>
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}

/** Messages up to a moment, and the kinds of those that are pending then. */
function countsOf(arrows: readonly Arrow[], shown: number, place: number) {
  const waiting: string[] = [];
  let messages = 0;
  for (let index = 0; index < shown; index += 1) {
    const arrow = arrows[index];
    if (arrow?.type !== 'message') continue;
    messages += 1;
    if (isWaiting(arrow.exchange, place)) waiting.push(arrow.exchange.kind);
  }
  return { messages, waiting };
}

function countUpTo(arrows: readonly Arrow[], place: number): number {
  const after = arrows.findIndex((arrow) => arrow.place > place);
  return after === -1 ? arrows.length : after;
}

function labelOf({ type, exchange, bytes, error }: Arrow): string {
  const size = bytes === null ? '' : ` · ${sizeText(bytes)}`;
  if (type === 'message') return `${exchange.kind}${size}`;
  if (type === 'resend') return `${exchange.kind} again${size}`;
  if (type === 'failure') return `${exchange.kind}: ${error ?? 'no answer'}`;
  return `answer to ${exchange.kind}${error === null ? size : `: ${error}`}`;
}

function noteOf({ type, exchange }: Arrow, waits: boolean, now: number, place: number): string {
  if (waits) return `waits ${durationText(Math.max(0, now - exchange.at))}`;
  if (type === 'answer' || type === 'failure') return durationText(exchange.roundTrip ?? 0);
  const resends = exchange.resends.filter((resend) => resend <= place).length;
  if (type === 'message' && resends > 0) return resends === 1 ? 'sent again' : `sent again ${resends} times`;
  return '';
}

/** The drawing in words. */
const directionOf = ({ from }: Arrow) => (from === 'client' ? 'client to server: ' : 'server to client: ');
