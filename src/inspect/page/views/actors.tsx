import { type KeyboardEvent, memo, useRef } from 'react';
import type { TreeItem, TreeSide } from '../model/tree.js';

export interface ActorsProps {
  readonly sides: readonly TreeSide[];
  readonly chosen: string | null;
  readonly onChoose: (key: string) => void;
  readonly withEnded: boolean;
  readonly onWithEnded: (withEnded: boolean) => void;
}

/** The actors by name, with their state; the ends of a link side by side. */
export const Actors = memo(({ sides, chosen, onChoose, withEnded, onWithEnded }: ActorsProps) => {
  return (
    <section className="panel actors" aria-label="Actors">
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
          <Tree key={one.side ?? 'others'} {...one} chosen={chosen} onChoose={onChoose} />
        ))}
      </div>
    </section>
  );
});

type TreeProps = TreeSide & Pick<ActorsProps, 'chosen' | 'onChoose'>;

function Tree({ side, items, chosen, onChoose }: TreeProps) {
  const tree = useRef<HTMLDivElement>(null);
  const index = items.findIndex(({ key }) => key === chosen);

  function onKeyDown(event: KeyboardEvent): void {
    const to = targetOf(event.key, Math.max(0, index), items);
    const item = items[to];
    if (to < 0 || item === undefined) return;
    event.preventDefault();
    onChoose(item.key);
    tree.current?.querySelectorAll<HTMLElement>('[role=treeitem]')[to]?.focus();
  }

  const title = side ?? 'others';
  return (
    <div className="side">
      <h3 className={title}>{title}</h3>
      <div role="tree" aria-label={`Actors, ${title}`} ref={tree} onKeyDown={onKeyDown}>
        {items.map(({ key, depth, name, state, isOver, actor }, place) => (
          <Row
            key={key}
            id={key}
            depth={depth}
            name={name}
            state={state}
            isOver={isOver}
            kind={actor.actor.kind}
            path={actor.actor.path}
            isChosen={key === chosen}
            isReached={place === Math.max(0, index)}
            onChoose={onChoose}
          />
        ))}
      </div>
    </div>
  );
}

interface RowProps extends Pick<TreeItem, 'depth' | 'name' | 'state' | 'isOver'> {
  /** `reporter/actor` */
  readonly id: string;
  readonly kind: string;
  readonly path: string;
  readonly isChosen: boolean;
  /** By the Tab key. */
  readonly isReached: boolean;
  readonly onChoose: (key: string) => void;
}

/** Of hundreds that stay as they are one moves: it alone is rendered anew, and style.css lays out only what is in sight. */
const Row = memo(
  ({ id, depth, name, state, isOver, kind, path, isChosen, isReached, onChoose }: RowProps) => (
    <button
      type="button"
      role="treeitem"
      aria-level={depth + 1}
      aria-selected={isChosen}
      tabIndex={isReached ? 0 : -1}
      className={`actor ${isOver ? 'over' : ''} ${kind}`}
      style={{ paddingInlineStart: `${0.5 + depth * 0.6}rem` }}
      data-path={path}
      onClick={() => onChoose(id)}
    >
      <span className="name">{name}</span> <span className="state">{state}</span>
    </button>
  ),
);

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
