import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { expect, vi } from 'vitest';
import { volatileKeys } from '../../../src/diff/volatile.js';
import { createTransfer } from '../../../src/index.js';
import { TransferError } from '../../../src/protocol/errors.js';
import { createMemoryStore, type MemoryStore } from '../../../src/stores/memory.js';
import type { DatabaseConnection } from '../../support/database-server.js';
import { canonicalTables, uploadsOf } from './canonical-tables.js';
import { type StrapiDescription, viewOf } from './strapi-view.js';
import {
  type StrapiWithPlugin,
  startStrapiWithPlugin,
  type WithPluginOptions,
} from './strapi-with-plugin.js';
import { otherContent } from './two-contents.js';

type Label = 'old' | 'new';

/** When a process ends amid a push: at a step of the commit (see dying-strapi.mjs), or so many milliseconds after the push began. */
type Ending = { readonly step: string; readonly signal: 'SIGKILL' | 'SIGTERM' } | { readonly after: number };

/** What stands in the database and on the disk after the next boot. */
interface Found {
  readonly rows: Label | 'neither';
  readonly files: Label | 'neither';
}

export interface Ended extends Found {
  /** Of the push, as its client was told. */
  readonly outcome: string;
  /** Which content it brought. */
  readonly coming: Label;
  /** Milliseconds from the beginning of the push to the end of the process. */
  readonly ms: number;
  /** What ended the process; null where it left by itself. */
  readonly signal: string | null;
  /** What is neither old nor new: a table with one of its rows. */
  readonly strange: readonly string[];
}

/** A real Strapi that holds one of two contents and takes the other, again and again, while its process is ended. */
export interface KilledSite {
  readonly strapi: StrapiWithPlugin;
  /** Milliseconds that a push takes that nothing disturbs. */
  readonly pushTakes: number;
  endDuringPush(ending: Ending): Promise<Ended>;
  /** Rows and files as the site had them at first; the process has to be gone. */
  reset(): Promise<void>;
  stop(): Promise<void>;
}

const script = new URL('dying-strapi.mjs', import.meta.url).href;

const bulk = { articles: 100, assetBytes: 100_000, assetCount: 12 };

/** Each boot of the tests' Strapi makes tokens, and a Strapi notes at a boot when its metrics are due. */
const isOfBoot = (table: string) => table.startsWith('strapi_transfer_token');
const isOfContent = (row: string) => !volatileKeys.includes((JSON.parse(row) as { key?: string }).key ?? '');

interface Standing {
  readonly tables: Readonly<Record<string, readonly string[]>>;
  readonly uploads: Readonly<Record<string, string>>;
}

export async function createKilledSite(
  options: Pick<WithPluginOptions, 'ferry' | 'installed'>,
  database?: DatabaseConnection,
): Promise<KilledSite> {
  let strapi = await startStrapiWithPlugin({
    ...options,
    preload: script,
    ...(database === undefined ? {} : { database }),
    // The hard one takes a PostgreSQL long to be seeded with, and Strapi's own endpoint to move.
    content: database === undefined && options.installed !== false ? 'hard' : bulk,
  });
  const { appDir } = strapi;
  const filename = database ?? join(appDir, 'data.db');
  const description = await strapi.inside<StrapiDescription>('describe');
  const contents: Record<Label, MemoryStore> = { old: createMemoryStore(), new: createMemoryStore() };
  const known: Partial<Record<Label, Standing>> = {};
  let holds: Label = 'old';

  async function push(label: Label): Promise<string> {
    const { adminUrl: to, tokens } = strapi;
    return createTransfer({ from: contents[label].source(), to, toToken: tokens.full }).done.then(
      () => 'completed',
      (error) => (error instanceof TransferError ? error.code : String(error)),
    );
  }

  async function startAgain(): Promise<void> {
    strapi = await startStrapiWithPlugin({ ...options, appDir, preload: script });
    if (options.installed !== false)
      await vi.waitFor(() => expect(strapi.output()).toContain('[Ferry] takes transfers'), 20_000);
  }

  async function look(): Promise<Standing> {
    const view = viewOf(description, { filename, publicFolder: join(appDir, 'public') });
    try {
      const tables = Object.entries(await canonicalTables(view))
        .filter(([table]) => !isOfBoot(table))
        .map(([table, rows]) => [table, rows.filter(isOfContent)]);
      return { tables: Object.fromEntries(tables), uploads: await uploadsOf(appDir) };
    } finally {
      await view.close();
    }
  }

  function labelOf(part: keyof Standing, found: Standing): Label | 'neither' {
    const text = JSON.stringify(found[part]);
    const labels = ['old', 'new'] as const;
    return labels.find((label) => JSON.stringify(known[label]?.[part]) === text) ?? 'neither';
  }

  /** Tables that hold neither what they held before nor what came. */
  function strangeIn({ tables }: Standing): readonly string[] {
    return Object.entries(tables).flatMap(([table, rows]) => {
      const both = [known.old?.tables[table], known.new?.tables[table]];
      if (both.some((some) => JSON.stringify(some) === JSON.stringify(rows))) return [];
      return [
        `${table}: ${rows.find((row) => !both.some((some) => some?.includes(row))) ?? `${rows.length} rows`}`,
      ];
    });
  }

  async function kill(): Promise<void> {
    process.kill(strapi.pid ?? 0, 'SIGKILL');
    await strapi.exited;
  }

  const { adminUrl: from, tokens } = strapi;
  await createTransfer({ from, fromToken: tokens.full, to: contents.old.destination() }).done;
  contents.new = createMemoryStore(otherContent(contents.old.content()));
  let pushTakes = 0;
  for (const label of ['new', 'old'] as const) {
    const began = performance.now();
    expect(await push(label)).toBe('completed');
    pushTakes = performance.now() - began;
    await kill();
    if (label === 'old' && database === undefined) await save();
    await startAgain();
    known[label] = await look();
  }

  async function save(): Promise<void> {
    await cp(join(appDir, 'data.db'), join(appDir, 'saved.db'));
    await cp(join(appDir, 'public'), join(appDir, 'saved-public'), { recursive: true });
  }

  return {
    get strapi() {
      return strapi;
    },
    pushTakes,
    async endDuringPush(ending) {
      const coming: Label = holds === 'old' ? 'new' : 'old';
      if ('step' in ending) await strapi.run(script, 'endAt', ending);
      const began = performance.now();
      const pushed = push(coming);
      if ('after' in ending) {
        await wait(ending.after);
        await kill();
      }
      const outcome = await pushed;
      const { signal } = await strapi.exited;
      const ms = performance.now() - began;
      await startAgain();
      const found = await look();
      const ended = {
        ...{ outcome, coming, ms, signal },
        rows: labelOf('tables', found),
        files: labelOf('uploads', found),
        strange: strangeIn(found),
      };
      if (ended.rows !== 'neither') holds = ended.rows;
      return ended;
    },
    async reset() {
      await kill();
      await rm(join(appDir, 'public'), { recursive: true });
      await cp(join(appDir, 'saved-public'), join(appDir, 'public'), { recursive: true });
      await cp(join(appDir, 'saved.db'), join(appDir, 'data.db'));
      holds = 'old';
      await startAgain();
    },
    stop: () => strapi.stop(),
  };
}
