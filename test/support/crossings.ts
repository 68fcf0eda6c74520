import type { Drawing } from '../../src/inspector/page/model/chart.js';
import type { Placed } from '../../src/inspector/page/model/layout.js';

interface Area {
  readonly name: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

type Point = Pick<Area, 'x' | 'y'>;

/** Lines that only touch are none: half a pixel is no overlap that an eye sees. */
const touch = 0.5;

/** Where a line of a drawing goes through a box or a label that is not its own, or two labels or a label and a box overlap. */
export function crossings(placed: Placed, drawing: Drawing): readonly string[] {
  const boxes = boxAreas(placed);
  const arrows = drawing.arrows.flatMap(({ id, source, target }) => {
    const arrow = placed.arrows.get(id);
    return arrow === undefined ? [] : [{ source, target, ...arrow }];
  });
  const labels: readonly Area[] = arrows.map(({ id, label }) => ({ name: id, ...label }));
  const leaves = boxes.filter(({ name }) => !boxes.some((other) => other.name.startsWith(`${name}.`)));
  const found: string[] = [];

  for (const { id, points, source, target } of arrows) {
    const lines = points.slice(1).map((end, index) => [points[index] ?? end, end] as const);
    // An arrow may run inside of the states around its ends, never through another one.
    const foreign = boxes.filter(({ name }) => !isWithin(source, name) && !isWithin(target, name));
    for (const box of foreign) {
      if (lines.some(([from, to]) => goesThrough(from, to, box)))
        found.push(`${id} goes through ${box.name}`);
    }
    for (const label of labels) {
      if (label.name !== id && lines.some(([from, to]) => goesThrough(from, to, label)))
        found.push(`${id} goes through the label of ${label.name}`);
    }
  }
  for (const [index, label] of labels.entries()) {
    for (const other of [...labels.slice(index + 1), ...leaves]) {
      if (overlap(label, other)) found.push(`the label of ${label.name} lies on ${other.name}`);
    }
  }
  return found;
}

/** Whether a state is another one or lies in it. */
const isWithin = (state: string, outer: string) => state === outer || state.startsWith(`${outer}.`);

/** Boxes in the coordinates of the drawing. */
function boxAreas({ boxes }: Placed): readonly Area[] {
  const areas = new Map<string, Area>();
  for (const { box, parent, x, y, width, height } of boxes) {
    const outer = areas.get(parent ?? '') ?? { x: 0, y: 0 };
    areas.set(box.state.id, { name: box.state.id, x: outer.x + x, y: outer.y + y, width, height });
  }
  return [...areas.values()];
}

/** Lines are upright or level. */
function goesThrough(from: Point, to: Point, { x, y, width, height }: Area): boolean {
  return (
    Math.max(from.x, to.x) > x + touch &&
    Math.min(from.x, to.x) < x + width - touch &&
    Math.max(from.y, to.y) > y + touch &&
    Math.min(from.y, to.y) < y + height - touch
  );
}

function overlap(one: Area, other: Area): boolean {
  return (
    one.x + one.width > other.x + touch &&
    other.x + other.width > one.x + touch &&
    one.y + one.height > other.y + touch &&
    other.y + other.height > one.y + touch
  );
}
