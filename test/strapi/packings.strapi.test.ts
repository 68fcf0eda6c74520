import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createLocalSource } from '../../src/stores/index.js';
import { packed, strapiOrder, tarOf } from '../support/archive-files.js';
import { packings } from '../support/packings.js';

/** The reader of `strapi import`, as far as it is used here. */
interface Reader {
  bootstrap(diagnostics: { report(): void }): Promise<void>;
  createEntitiesReadStream(): AsyncIterable<unknown>;
  createLinksReadStream(): AsyncIterable<unknown>;
  createConfigurationReadStream(): AsyncIterable<unknown>;
}

const { file } = createRequire(import.meta.url)('@strapi/data-transfer') as {
  file: { providers: { createLocalFileSourceProvider(options: object): Reader } };
};

let scratch: string;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'ferry-packings-'));
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

async function count(items: AsyncIterable<unknown>): Promise<number> {
  let found = 0;
  for await (const item of items) found += Array.isArray(item) ? item.length : 1;
  return found;
}

async function strapiReads(path: string): Promise<readonly number[]> {
  const reader = file.providers.createLocalFileSourceProvider({
    file: { path },
    encryption: { enabled: false },
    compression: { enabled: true },
  });
  await reader.bootstrap({ report() {} });
  return [
    await count(reader.createEntitiesReadStream()),
    await count(reader.createLinksReadStream()),
    await count(reader.createConfigurationReadStream()),
  ];
}

async function ferryReads(path: string): Promise<readonly number[]> {
  const source = createLocalSource({ path });
  await source.open();
  try {
    return [
      await count(source.rows('entities')),
      await count(source.rows('links')),
      await count(source.rows('configuration')),
    ];
  } finally {
    await source.close();
  }
}

it.each(packings)(
  "an archive with $name is never read as less than Strapi's import reads",
  async ({ pack, refused }) => {
    const path = join(scratch, `${packings.findIndex((each) => each.pack === pack)}.tar.gz`);
    await writeFile(path, await packed('tar.gz', await tarOf(pack(strapiOrder))));
    if (refused === undefined) {
      expect(await ferryReads(path)).toEqual([3, 1, 1]);
      // A Mac's companions are rows to it, which it cannot read.
      const theirs = await strapiReads(path).catch(() => 'refused');
      expect([[3, 1, 1], 'refused']).toContainEqual(theirs);
    } else {
      await expect(ferryReads(path)).rejects.toMatchObject({ code: refused[0] });
    }
  },
);
