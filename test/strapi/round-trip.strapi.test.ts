import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeDifference } from '../../src/diff/content-difference.js';
import { diffContent } from '../../src/diff/diff-content.js';
import { createDirectorySource } from '../../src/stores/directory/source.js';
import { createTransfer } from '../../src/transfer/create-transfer.js';
import { type StrapiInstance, startStrapi } from './harness/strapi.js';

/** Every asset of an export with the sha256 of its bytes. */
async function hashes(folder: string): Promise<Record<string, string>> {
  const uploads = join(folder, 'assets', 'uploads');
  const found: Record<string, string> = {};
  for (const name of (await readdir(uploads)).sort()) {
    found[name] = createHash('sha256')
      .update(await readFile(join(uploads, name)))
      .digest('hex');
  }
  return found;
}

async function differences(a: string, b: string): Promise<readonly string[]> {
  const { differences } = await diffContent(
    createDirectorySource({ path: a }),
    createDirectorySource({ path: b }),
  );
  return differences.map((difference) => describeDifference(difference));
}

describe.each(['current', 'older'] as const)('a Strapi (%s) with hard content', (version) => {
  let folder = '';
  let source: StrapiInstance;
  let destination: StrapiInstance;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ferry-round-trip-'));
    [source, destination] = await Promise.all([
      startStrapi({ version, content: 'hard' }),
      startStrapi({ version, content: 'none' }),
    ]);
  });
  afterAll(async () => {
    await Promise.all([source?.stop(), destination?.stop()]);
    await rm(folder, { recursive: true, force: true });
  });

  const pull = (strapi: StrapiInstance, to: string) =>
    createTransfer({ from: strapi.adminUrl, fromToken: strapi.tokens.pull, to }).done;

  it('is pulled, pushed to another and pulled again: the two folders hold the same content', async () => {
    const [first, second] = [join(folder, 'first'), join(folder, 'second')];
    const { counts } = await pull(source, first);
    expect(counts.entities?.items).toBeGreaterThan(200);
    expect(counts.assets?.bytes).toBeGreaterThan(8 * 1024 * 1024);

    const push = createTransfer({ from: first, to: destination.adminUrl, toToken: destination.tokens.push });
    const pushed = await push.done;
    expect(pushed.counts.entities?.items).toBe(counts.entities?.items);
    expect(await destination.counts()).toEqual(await source.counts());

    await pull(destination, second);
    expect(await differences(first, second)).toEqual([]);
    const assets = await hashes(first);
    expect(Object.keys(assets).length).toBe(counts.assets?.items);
    expect(await hashes(second)).toEqual(assets);
  });

  it('goes to another server directly, without a folder in between', async () => {
    const before = join(folder, 'first');
    const after = join(folder, 'direct');
    await createTransfer({
      from: source.adminUrl,
      fromToken: source.tokens.pull,
      to: destination.adminUrl,
      toToken: destination.tokens.push,
    }).done;
    await pull(destination, after);
    expect(await differences(before, after)).toEqual([]);
  });
});
