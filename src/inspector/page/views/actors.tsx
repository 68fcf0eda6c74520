import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, memo, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { TreeItem, TreeSide } from '../model/tree.js';

export interface ActorsProps {
  readonly sides: readonly TreeSide[];
  readonly chosen: string | null;
  readonly onChoose: (key: string) => void;
  readonly withEnded: boolean;
  readonly onWithEnded: (withEnded: boolean) => void;
}

/** The actors by name, with their state; the ends of a connection side by side. */
export const Actors = memo(({ sides, chosen, onChoose, withEnded, onWithEnded }: ActorsProps) => {
  const [panel, setPanel] = useState<HTMLElement | null>(null);
  return (
    <section className="panel actors" aria-label="Actors" ref={setPanel}>
      <div className="bar">
        <h2>Actors</h2>
        <label>
          <input type="checkbox" checked={withEnded} onChange={({ target }) => onWithEnded(target.checked)} />{' '}
          ended too
        </label>
      </div>
      {sides.length === 0 && (
        <p className="empty">No actor yet. A transfer that reports here appears at once.</p>
      )}
      <div className="sides">
        {sides.map((one) => (
          <Tree key={one.side ?? 'others'} {...one} panel={panel} chosen={chosen} onChoose={onChoose} />
        ))}
      </div>
    </section>
  );
});

interface TreeProps extends TreeSide, Pick<ActorsProps, 'chosen' | 'onChoose'> {
  /** The element that scrolls. */
  readonly panel: HTMLElement | null;
}

/** The height of a row with one line; a row with more is measured. */
const rowHeight = 26;

/** Only the rows in sight are in the page, and those around them, since there can be hundreds of actors. */
function Tree({ side, items, panel, chosen, onChoose }: TreeProps) {
  const tree = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  useLayoutEffect(() => setTop(tree.current?.offsetTop ?? 0));
  const rows = useVirtualizer({
    count: items.length,
    getScrollElement: () => panel,
    getItemKey: useCallback((index: number) => items[index]?.key ?? index, [items]),
    estimateSize: () => rowHeight,
    scrollMargin: top,
    overscan: 20,
  });
  const index = items.findIndex(({ key, folded }) => key === chosen || folded.includes(chosen ?? ''));

  // The position of a row is known once it and its neighbours are in the page and measured: until then it may move.
  const isWalking = useRef(false);
  useEffect(() => {
    if (isWalking.current)
      document.getElementById(idOf(items[index]?.key ?? null))?.scrollIntoView({ block: 'nearest' });
  });
  useEffect(() => {
    const end = () => {
      isWalking.current = false;
    };
    panel?.addEventListener('wheel', end, { passive: true });
    panel?.addEventListener('pointerdown', end);
    return () => {
      panel?.removeEventListener('wheel', end);
      panel?.removeEventListener('pointerdown', end);
    };
  }, [panel]);

  function onKeyDown(event: KeyboardEvent): void {
    const to = targetOf(event.key, Math.max(0, index), items);
    const item = items[to];
    if (to < 0 || item === undefined) return;
    event.preventDefault();
    onChoose(item.key);
    isWalking.current = true;
    const [offset] = rows.getOffsetForIndex(to) ?? [];
    if (offset !== undefined) panel?.scrollTo({ top: offset });
  }

  // The tree keeps the focus: a focused row would lose it when it scrolls out of sight.
  const choose = useCallback(
    (key: string) => {
      tree.current?.focus({ preventScroll: true });
      onChoose(key);
    },
    [onChoose],
  );

  const title = side ?? 'others';
  return (
    <div className="side">
      <h3 className={title}>{title}</h3>
      <div
        role="tree"
        aria-label={`Actors, ${title}`}
        ref={tree}
        tabIndex={0}
        aria-activedescendant={index >= 0 ? idOf(items[index]?.key ?? null) : undefined}
        style={{ height: rows.getTotalSize() }}
        onKeyDown={onKeyDown}
      >
        {rows.getVirtualItems().map(({ index: place, start }) => {
          const item = items[place];
          if (item === undefined) return null;
          const { key, depth, number, siblings, name, state, tone, isOver, actor } = item;
          return (
            <Row
              key={key}
              id={key}
              place={place}
              top={start - top}
              depth={depth}
              number={number}
              siblings={siblings}
              name={name}
              state={state}
              tone={tone}
              isOver={isOver}
              kind={actor.actor.kind}
              path={actor.actor.path}
              isChosen={place === index}
              measure={rows.measureElement}
              onChoose={choose}
            />
          );
        })}
      </div>
    </div>
  );
}

const idOf = (key: string | null) => `actor-${key}`;

interface RowProps
  extends Pick<TreeItem, 'depth' | 'number' | 'siblings' | 'name' | 'state' | 'tone' | 'isOver'> {
  /** `reporter/actor` */
  readonly id: string;
  readonly place: number;
  readonly top: number;
  readonly kind: string;
  readonly path: string;
  readonly isChosen: boolean;
  readonly measure: (element: HTMLElement | null) => void;
  readonly onChoose: (key: string) => void;
}

/** Only a row that has changed is rendered again. */
const Row = memo((row: RowProps) => (
  // biome-ignore lint/a11y/useKeyWithClickEvents: the tree has the keys, its rows have none
  <div
    role="treeitem"
    id={idOf(row.id)}
    tabIndex={-1}
    aria-level={row.depth + 1}
    aria-posinset={row.number}
    aria-setsize={row.siblings}
    aria-selected={row.isChosen}
    className={`actor ${row.isOver ? 'over' : ''} ${row.tone} ${row.kind}`}
    style={{ transform: `translateY(${row.top}px)`, paddingInlineStart: `${0.5 + row.depth * 0.6}rem` }}
    data-path={row.path}
    data-index={row.place}
    ref={row.measure}
    onClick={() => row.onChoose(row.id)}
  >
    <span className="name">{row.name}</span> <span className="state">{row.state}</span>
  </div>
));

function targetOf(key: string, index: number, items: readonly TreeItem[]): number {
  const depth = items[index]?.depth ?? 0;
  switch (key) {
    case 'ArrowDown':
      return index + 1;
    case 'ArrowUp':
      return index - 1;
    case 'Home':
      return 0;
    case 'End':
      return items.length - 1;
    case 'ArrowRight':
      return (items[index + 1]?.depth ?? 0) > depth ? index + 1 : -1;
    case 'ArrowLeft':
      return items.findLastIndex((item, place) => place < index && item.depth < depth);
    default:
      return -1;
  }
}
