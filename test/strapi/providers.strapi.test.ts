import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTransfer } from '../../src/transfer/create-transfer.js';
import type { Version } from './harness/app-folder.js';
import { type StrapiInstance, startStrapi } from './harness/strapi.js';
import { type FolderSummary, strapiPull, strapiPush, strapiRead } from './harness/strapi-client.js';

/** The two differ in this where a server renumbers what it is given, and in nothing else. */
const known = ({ types, counts, assets, schemas }: FolderSummary) => ({ types, counts, assets, schemas });

describe.each<Version>(['current', 'older'])("Strapi's own client (%s)", (version) => {
  let source: StrapiInstance;
  let target: StrapiInstance;
  let scratch: string;
  let ours: string;
  let theirs: string;

  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'ferry-providers-'));
    source = await startStrapi({ version, content: 'hard' });
    target = await startStrapi({ version });
    ours = join(scratch, 'ours');
    theirs = join(scratch, 'theirs');
    await createTransfer({ from: source.adminUrl, fromToken: source.tokens.pull, to: ours }).done;
    const from = { adminUrl: source.adminUrl, token: source.tokens.pull };
    expect(await strapiPull(from, theirs, { version })).toMatchObject({ ok: true });
  });

  afterAll(async () => {
    await source?.stop();
    await target?.stop();
    await rm(scratch, { recursive: true, force: true });
  });

  const isProtected = (type: string) =>
    type.startsWith('admin::') || type.startsWith('plugin::content-releases.');

  it('reads the folder of our pull, and finds in it what its own pull has, but for what is protected', async () => {
    const mine = await strapiRead(ours, { version });
    const its = await strapiRead(theirs, { version });
    expect(mine.assets).toEqual(its.assets);
    expect(mine.metadata.strapi).toEqual({ version: source.version });
    expect(mine.schemas).toBe(its.schemas);
    expect(mine.counts.configuration).toBe(its.counts.configuration);
    expect(Object.keys(mine.types).filter(isProtected)).toEqual([]);
    const rest = Object.entries(its.types).filter(([type]) => !isProtected(type));
    expect(mine.types).toEqual(Object.fromEntries(rest));
    expect(mine.types).toMatchObject(await source.counts());
    // Configuration apart: a Strapi writes there while it runs.
    expect(mine.rowHashes).toMatchObject({ entities: its.rowHashes.entities, links: its.rowHashes.links });
  });

  it('pushes the folder of our pull, with every row and byte', async () => {
    const to = { adminUrl: target.adminUrl, token: target.tokens.push };
    const pushed = await strapiPush(ours, to, { version });
    expect(pushed).toMatchObject({ ok: true, warnings: [] });
    expect(await target.counts()).toEqual(await source.counts());

    const again = join(scratch, 'again');
    await createTransfer({ from: target.adminUrl, fromToken: target.tokens.pull, to: again }).done;
    expect(known(await strapiRead(again, { version }))).toEqual(known(await strapiRead(ours, { version })));
  });

  it('pulls a folder that we push, with every row and byte', async () => {
    await createTransfer({ from: theirs, to: target.adminUrl, toToken: target.tokens.push }).done;
    expect(await target.counts()).toEqual(await source.counts());

    const again = join(scratch, 'pulled');
    const from = { adminUrl: target.adminUrl, token: target.tokens.pull };
    expect(await strapiPull(from, again, { version })).toMatchObject({ ok: true });
    expect((await strapiRead(again, { version })).assets).toEqual(
      (await strapiRead(theirs, { version })).assets,
    );
  });

  it('reads our copy of its folder as it reads the folder itself: row for row, byte for byte', async () => {
    const copy = join(scratch, 'copy');
    await createTransfer({ from: theirs, to: copy }).done;
    const { rowHashes, ...rest } = await strapiRead(theirs, { version });
    const read = await strapiRead(copy, { version });
    expect(read.rowHashes).toEqual(rowHashes);
    expect(known(read)).toEqual(known({ rowHashes, ...rest }));
  });
});
