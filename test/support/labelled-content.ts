import type { MemoryContent } from '../../src/stores/memory.js';
import type { TransferSource } from '../../src/stores/store.js';

const rows = 3000;
const assets = 12;
const schemas = { 'api::page.page': { uid: 'api::page.page', attributes: { label: { type: 'string' } } } };
const type = 'api::page.page';

/** A few megabytes that carry their label in every part, so that a mix of two can be told. */
export function labelledContent(label: string): MemoryContent {
  const each = <T>(count: number, make: (index: number) => T) =>
    Array.from({ length: count }, (_, i) => make(i));
  return {
    metadata: { createdAt: label },
    schemas,
    entities: each(rows, (id) => ({ type, id, data: { documentId: `d${id}`, label } })),
    links: each(rows, (ref) => ({
      kind: 'relation.basic',
      relation: 'oneToOne',
      left: { type, ref, field: label },
      right: { type, ref: 1 },
    })),
    configuration: [{ type: 'core-store', value: { key: 'label', value: label } }],
    assets: each(assets, (index) => ({
      filename: `${index}.bin`,
      metadata: { label },
      bytes: new Uint8Array(200_000).fill(label.charCodeAt(0)),
    })),
  };
}

/** The one label of what a source holds; throws where its parts differ, or some are missing. */
export async function labelOf(source: TransferSource): Promise<string> {
  const found = new Map<unknown, number>();
  const note = (label: unknown) => found.set(label, (found.get(label) ?? 0) + 1);
  await source.open();
  try {
    note((await source.metadata())?.createdAt);
    for await (const batch of source.rows('entities')) for (const { data } of batch) note(data['label']);
    for await (const batch of source.rows('links')) for (const { left } of batch) note(left.field);
    for await (const batch of source.rows('configuration'))
      for (const { value } of batch) note(value['value']);
    for await (const { metadata, stream } of source.assets()) {
      let size = 0;
      const letters = new Set<number>();
      for await (const chunk of stream()) {
        size += chunk.length;
        for (const byte of chunk) letters.add(byte);
      }
      const label = String(metadata['label']);
      note(size === 200_000 && letters.size === 1 && letters.has(label.charCodeAt(0)) ? label : 'damaged');
    }
  } finally {
    await source.close();
  }
  const [[label, count] = ['nothing', 0]] = found;
  if (found.size !== 1 || count !== 2 * rows + assets + 2)
    throw new Error(`a mix: ${[...found].map((one) => one.join(' × ')).join(', ')}`);
  return String(label);
}
