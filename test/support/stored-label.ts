import type { Processes } from '../../src/ports/processes.js';
import type { TransferDestination, TransferSource } from '../../src/stores/index.js';

/** Writes content that carries its label in every part, so that a mix of two can be told. */
export async function putLabel(to: TransferDestination, label: string): Promise<void> {
  await to.open();
  try {
    await writeLabel(to, label);
    await to.commit();
  } finally {
    await to.close();
  }
}

export async function writeLabel(to: TransferDestination, label: string): Promise<void> {
  await to.prepare({
    steps: ['entities', 'assets'],
    metadata: { createdAt: label },
    schemas: { a: { uid: label } },
  });
  const rows = await to.rowWriter('entities');
  await rows.write([{ type: label, id: 1, data: {} }]);
  await rows.end();
  const assets = await to.assetWriter();
  await assets.write({
    filename: 'same-name.txt',
    size: label.length,
    metadata: { label },
    async *stream() {
      yield new TextEncoder().encode(label);
    },
  });
  await assets.end();
}

/** The one label of what a source holds; throws where its parts differ. */
export async function labelIn(from: TransferSource): Promise<string> {
  await from.open();
  const found: unknown[] = [(await from.metadata())?.createdAt];
  found.push(...Object.keys((await from.schemas()) ?? { none: 1 }));
  for await (const batch of from.rows('entities')) found.push(...batch.map((row) => row.type));
  for await (const asset of from.assets()) {
    found.push(asset.metadata['label']);
    for await (const chunk of asset.stream()) found.push(new TextDecoder().decode(chunk));
  }
  await from.close();
  const [label] = found;
  if (found.length !== 5 || found.some((each) => each !== label))
    throw new Error(`a mix: ${found.join(' ')}`);
  return String(label);
}

/** Processes that live and die as the test says. */
export function fakeProcesses(): { spawn(): Processes & { kill(): void } } {
  const living = new Set<string>();
  let last = 0;
  return {
    spawn() {
      last += 1;
      const self = `${last}-0`;
      living.add(self);
      return { self, alive: (name) => living.has(name), kill: () => living.delete(self) };
    },
  };
}

/** Repeatable ids. */
export function countingIds(): { uuid(): string; id(): string } {
  let last = 0;
  const id = () => `id${++last}`;
  return { uuid: id, id };
}
