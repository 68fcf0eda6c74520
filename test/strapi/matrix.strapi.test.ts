import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { describeDifference } from '../../src/diff/content-difference.js';
import { diffContent } from '../../src/diff/diff-content.js';
import { createArchiveSource, createDirectorySource, type TransferSource } from '../../src/stores/index.js';
import { createTransfer } from '../../src/transfer/create-transfer.js';
import { outcomeOf, runCommand } from '../support/command.js';
import { serveFolder } from '../support/served-command.js';
import { type StrapiInstance, startStrapi } from './harness/strapi.js';

const kinds = ['a Strapi', 'our server', 'a folder', 'a tar', 'a tar.gz', 'a tar.gz.enc'] as const;
type Kind = (typeof kinds)[number] | 'a tar.gz.age';

/** What the command is given of one end. */
interface End {
  readonly at: string;
  readonly token?: string;
  readonly key?: string;
}

interface Destination extends End {
  /** What it holds now, where it can be read as often as one likes. */
  content(): Promise<TransferSource>;
}

const key = 'doğru at, pil & zımba';

let scratch: string;
let source: StrapiInstance;
let target: StrapiInstance;
/** The hard content, pulled from `source`: what every end has to hold. */
let hard: string;
/** Of a fresh Strapi: `target` is brought back to it before each push. */
let nothing: string;
/** How many items of each stage the hard content has. */
let items: Readonly<Record<string, { readonly items: number }>>;
/** One of each kind, with the hard content. */
const sources = new Map<Kind, End>();
let stopServed: (() => Promise<unknown>) | undefined;
/** What ends with a test. */
const running: (() => Promise<unknown>)[] = [];

const pulled = async (strapi: StrapiInstance, to: string) => {
  const { counts } = await createTransfer({ from: strapi.adminUrl, fromToken: strapi.tokens.pull, to }).done;
  return counts;
};

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'ferry-matrix-'));
  hard = join(scratch, 'hard');
  nothing = join(scratch, 'nothing');
  source = await startStrapi({ content: 'hard' });
  target = await startStrapi();
  const counts = await pulled(source, hard);
  await pulled(target, nothing);
  items = Object.fromEntries(Object.entries(counts).map(([stage, { items }]) => [stage, { items }]));

  const served = await serveFolder(hard, '--read-only');
  stopServed = served.stop;
  sources.set('a Strapi', { at: source.adminUrl, token: source.tokens.pull });
  sources.set('our server', { at: served.adminUrl, token: served.token });
  sources.set('a folder', { at: hard });
  for (const format of ['tar', 'tar.gz', 'tar.gz.enc', 'tar.gz.age'] as const) {
    const to = join(scratch, `hard.${format}`);
    const end = isEncrypted(format) ? { at: to, key } : { at: to };
    await createTransfer({ from: hard, to, ...(isEncrypted(format) ? { toKey: key } : {}) }).done;
    sources.set(`a ${format}`, end);
  }
});
afterEach(async () => {
  for (const stop of running.splice(0)) await stop();
});
afterAll(async () => {
  await stopServed?.();
  await Promise.all([source?.stop(), target?.stop()]);
  await rm(scratch, { recursive: true, force: true });
});

const isEncrypted = (format: string) => /\.(enc|age)$/.test(format);

/** An end of that kind which holds nothing yet; a real Strapi is emptied again. */
async function emptyEnd(kind: Kind, folder: string): Promise<Destination> {
  const path = join(folder, 'content');
  switch (kind) {
    case 'a Strapi': {
      const { adminUrl, tokens } = target;
      await createTransfer({ from: nothing, to: adminUrl, toToken: tokens.push }).done;
      expect((await target.counts())['api::article.article']).toBe(0);
      const content = async () => {
        await pulled(target, path);
        return createDirectorySource({ path });
      };
      return { at: adminUrl, token: tokens.push, content };
    }
    case 'our server': {
      const { adminUrl, token, stop } = await serveFolder(path);
      running.push(stop);
      return { at: adminUrl, token, content: async () => createDirectorySource({ path }) };
    }
    case 'a folder':
      return { at: path, content: async () => createDirectorySource({ path }) };
    default: {
      const at = `${path}.${kind.slice('a '.length)}`;
      const secret = isEncrypted(at) ? { key } : {};
      return { at, ...secret, content: async () => createArchiveSource({ path: at, ...secret }) };
    }
  }
}

/** Moves by the command, and compares what the destination then holds. */
async function move(from: Kind, to: Kind): Promise<void> {
  const folder = await mkdtemp(join(scratch, 'pair-'));
  running.push(() => rm(folder, { recursive: true }));
  const [given, wanted] = [sources.get(from), await emptyEnd(to, folder)];
  const result = await runCommand(
    ['transfer', '--from', given?.at ?? '', '--to', wanted.at, '--force', '--json'],
    { cwd: folder, env: { ...secretsOf('FROM', given), ...secretsOf('TO', wanted) } },
  );
  expect(outcomeOf(result).error).toBeUndefined();
  expect(result).toMatchObject({ exitCode: 0, stderr: '' });
  expect(outcomeOf(result)).toMatchObject({ ok: true, differences: 0, counts: items });
  const { differences } = await diffContent(createDirectorySource({ path: hard }), await wanted.content());
  expect(differences.map((difference) => describeDifference(difference))).toEqual([]);
  // The end and nothing beside it, but for the tokens of a server.
  const beside = (await readdir(folder)).filter((name) => name.endsWith('.ferry'));
  expect(beside).toEqual(to === 'our server' ? ['content.ferry'] : []);
}

const secretsOf = (name: 'FROM' | 'TO', end: End | undefined) => ({
  ...(end?.token === undefined ? {} : { [`STRAPI_TRANSFER_${name}_TOKEN`]: end.token }),
  ...(end?.key === undefined ? {} : { [`STRAPI_TRANSFER_${name}_KEY`]: end.key }),
});

it('is the hard content that moves', async () => {
  expect(await source.counts()).toMatchObject({ 'api::article.article': 200, 'plugin::i18n.locale': 2 });
  expect(items).toMatchObject({ assets: { items: 18 } });
});

describe.each(kinds)('from %s', (from) => {
  it.each(kinds)('to %s', (to) => move(from, to));
});

describe('through an authenticated archive', () => {
  it('from a Strapi to a tar.gz.age', () => move('a Strapi', 'a tar.gz.age'));
  it('from a tar.gz.age to a Strapi', () => move('a tar.gz.age', 'a Strapi'));
});
