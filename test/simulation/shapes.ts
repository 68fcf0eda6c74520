import type { MemoryContent } from '../../src/stores/memory.js';

/** One of the two ends. */
export type End = 'client' | 'server';

/** How much content moves. Each kind of batch, and of what comes between two, has a shape of its own. */
export interface Shape {
  readonly name: 'nothing' | 'a little' | 'many rows' | 'many files' | 'a large file' | 'large rows';
  readonly rows: number;
  /** Characters in each. @default some */
  readonly length?: number;
  /** Bytes of each file. */
  readonly files: readonly number[];
}

export const shapes: readonly Shape[] = [
  { name: 'nothing', rows: 0, files: [] },
  { name: 'a little', rows: 3, files: [0, 11] },
  // Two full batches of a push, and a partial one.
  { name: 'many rows', rows: 430, files: [] },
  { name: 'many files', rows: 2, files: [5, 700, 0, 3000, 1, 64, 8] },
  // A little more than one message holds.
  { name: 'a large file', rows: 1, files: [400_000] },
  // Each row is more than a batch of a pull holds.
  { name: 'large rows', rows: 2, length: 540_000, files: [] },
];

/**
 * The number of frames that each end sends in a calm run; a schedule chooses from them. A test runs each and counts.
 */
const frames: Readonly<
  Record<Shape['name'], Readonly<Record<'push' | 'pull', Readonly<Record<End, number>>>>>
> = {
  nothing: { push: { client: 15, server: 15 }, pull: { client: 18, server: 18 } },
  'a little': { push: { client: 19, server: 19 }, pull: { client: 23, server: 23 } },
  'many rows': { push: { client: 22, server: 22 }, pull: { client: 21, server: 21 } },
  'many files': { push: { client: 19, server: 19 }, pull: { client: 28, server: 28 } },
  'a large file': { push: { client: 20, server: 20 }, pull: { client: 23, server: 23 } },
  'large rows': { push: { client: 19, server: 19 }, pull: { client: 22, server: 22 } },
};

export function framesOf({ name }: Shape, direction: 'push' | 'pull'): Readonly<Record<End, number>> {
  return frames[name][direction];
}

const type = 'api::page.page';
const schemas = { [type]: { uid: type, attributes: { title: { type: 'string' } } } };

/** Content of this shape. All of it carries the label, so that a check can see a mix of two. */
export function contentOf({ rows, length = 0, files }: Shape, label: string): MemoryContent {
  const each = <T>(make: (id: number) => T) => Array.from({ length: rows }, (_, index) => make(index + 1));
  return {
    metadata: { createdAt: '2026-01-02T03:04:05.678Z', strapi: { version: '5.54.0' }, label },
    schemas,
    entities: each((id) => ({
      type,
      id,
      // Characters of several bytes, unless there are many: those take half as long again to move.
      data: {
        documentId: `d${id}`,
        title: length === 0 ? `${label} ${id} ⛴️` : `${label} ${id}`.padEnd(length, '.'),
      },
    })),
    links: each((ref) => ({
      kind: 'relation.basic',
      relation: 'manyToOne',
      left: { type, ref, field: label, pos: ref },
      right: { type, ref: 1 },
    })),
    configuration: rows === 0 ? [] : [{ type: 'core-store', value: { key: 'label', value: label } }],
    assets: files.map((size, index) => ({
      filename: `${label}_${index} ğ.bin`,
      metadata: { id: index + 1, name: `${index}.bin`, label },
      bytes: pattern(size, label.length + index),
    })),
  };
}

function pattern(size: number, salt: number): Uint8Array {
  return Uint8Array.from({ length: size }, (_, index) => (index * 31 + salt + (index >> 8)) & 0xff);
}
