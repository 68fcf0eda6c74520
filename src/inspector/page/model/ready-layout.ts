import type { Box, Drawing } from './chart.js';
import type { Placed, PlacedArrow, PlacedBox } from './layout.js';

/** A placed drawing as numbers, in the order of its boxes and its arrows. */
export interface ReadyLayout {
  /** Of each box: x, y, width, height. */
  readonly boxes: readonly (readonly number[])[];
  /** Of each arrow: its label's x, y, width, height; then x and y of each of its points. */
  readonly arrows: readonly (readonly number[])[];
}

/** Each layout under the hash of what the layout engine was asked. */
export type ReadyLayouts = Readonly<Record<string, ReadyLayout>>;

/** A tenth of a pixel is no difference that an eye sees. */
const rounded = (numbers: readonly number[]) => numbers.map((one) => Math.round(one * 10) / 10);

export function readyLayout({ boxes, arrows }: Placed, drawing: Drawing): ReadyLayout {
  return {
    boxes: boxes.map(({ x, y, width, height }) => rounded([x, y, width, height])),
    arrows: drawing.arrows.map(({ id }) => {
      const { label, points } = arrows.get(id) ?? noArrow(id);
      const { x, y, width, height } = label;
      return rounded([x, y, width, height, ...points.flatMap((point) => [point.x, point.y])]);
    }),
  };
}

/** A ready layout of the same drawing, as the layout engine would have placed it. */
export function placedFrom(ready: ReadyLayout, drawing: Drawing): Placed {
  const numbers = ready.boxes.values();
  const placeAll = (box: Box, parent: string | null): readonly PlacedBox[] => {
    const [x = 0, y = 0, width = 0, height = 0] = numbers.next().value ?? [];
    const placed = { box, parent, x, y, width, height };
    return [placed, ...box.children.flatMap((child) => placeAll(child, box.state.id))];
  };
  const arrows = drawing.arrows.map(({ id }, index): PlacedArrow => {
    const [x = 0, y = 0, width = 0, height = 0, ...flat] = ready.arrows[index] ?? [];
    const points = Array.from({ length: flat.length / 2 }, (_, point) => ({
      x: flat[2 * point] ?? 0,
      y: flat[2 * point + 1] ?? 0,
    }));
    return { id, points, label: { x, y, width, height } };
  });
  return {
    boxes: placeAll(drawing.root, null),
    arrows: new Map(arrows.map((arrow) => [arrow.id, arrow])),
  };
}

function noArrow(id: string): never {
  throw new Error(`The layout has no arrow ${id}.`);
}
