import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it, test } from 'vitest';
import { noReports } from '../../machines/reported-counts.js';
import { comparedEnd } from '../../src/cli/compared-end.js';
import { meaningOf } from '../../src/protocol/server-words.js';
import { createMemoryStore } from '../../src/stores/memory.js';
import { createTransfer, type TransferOptions } from '../../src/transfer/create-transfer.js';
import { treeOf } from '../support/tree.js';
import { type StrapiInstance, startStrapi } from './harness/strapi.js';

let site: StrapiInstance;
let cdn: Server;
let cwd: string;
/** What was pulled of the site while it was whole. */
let content: string;

const svg = Buffer.from(
  `<svg xmlns="http://www.w3.org/2000/svg">${'<path d="M0 0h10v10z"/>'.repeat(200)}</svg>`,
);

/** A CDN in small. */
function startCdn(): Promise<Server> {
  const server = createServer(({ url }, answer) => {
    if (url === '/plain.svg') answer.setHeader('content-length', svg.length).end(svg);
    else if (url === '/gz.svg') {
      const packed = gzipSync(svg);
      answer.setHeader('content-encoding', 'gzip').setHeader('content-length', packed.length).end(packed);
    } else if (url === '/chunked.svg') {
      answer.write(svg.subarray(0, 100));
      answer.end(svg.subarray(100));
    } else answer.writeHead(Number(url?.slice(1, 4)) || 404).end('<Error>no</Error>');
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'ferry-not-whole-'));
  content = join(cwd, 'content');
  cdn = await startCdn();
  site = await startStrapi({ content: { articles: 20, assetBytes: 60_000, assetCount: 4 } });
  await pull(content);
  await site.save();
});
afterAll(async () => {
  await site?.stop();
  cdn?.close();
  await rm(cwd, { recursive: true, force: true });
});

type Options = Partial<TransferOptions>;

const pull = (to: TransferOptions['to'], options: Options = {}) =>
  createTransfer({ from: site.adminUrl, fromToken: site.tokens.pull, to, force: true, ...options }).done;
const push = (from: string, options: Options = {}) =>
  createTransfer({ from, to: site.adminUrl, toToken: site.tokens.push, force: true, ...options }).done;
const compared = () =>
  comparedEnd(
    { end: site.adminUrl, token: site.tokens.pull, key: undefined },
    {
      ...{ limits: {}, signal: new AbortController().signal },
      ...{ onBrokenAsset: () => {}, onWarning: () => {} },
    },
  );

describe('a Strapi that cannot read a content type', () => {
  beforeAll(() => site.sql('alter table articles_cmps rename to articles_cmpsx'));
  afterAll(() => site.sql('alter table articles_cmpsx rename to articles_cmps'));

  it('is no success of a pull, and the good folder stays', async () => {
    const before = await treeOf(content);
    await expect(pull(content)).rejects.toMatchObject({
      code: 'SOURCE_INCOMPLETE',
      message: expect.stringMatching(
        /no such table: articles_cmps\nLook.+with `excludeContentTypes`: api::article\.article\./,
      ),
    });
    expect(await treeOf(content)).toEqual(before);
  });

  it('is none of a diff', async () => {
    await expect(compared()).rejects.toMatchObject({ code: 'SOURCE_INCOMPLETE' });
  });

  it('is one where the type is left out', async () => {
    const to = createMemoryStore();
    const { reported } = await pull(to.destination(), { excludeContentTypes: ['api::article.article'] });
    expect(reported).toMatchObject({ unreadTypes: 0, otherWarnings: 1 });
    expect(to.content().entities.length).toBeGreaterThan(0);
  });
});

describe('what a Strapi has not got itself is ordinary, and counted:', () => {
  afterEach(() => site.restore());

  it('links whose rows are gone, and files', async () => {
    const orphans = [1, 2, 3].map(
      (place) =>
        `insert into files_related_mph (file_id, related_id, related_type, field, "order") select id, 99999, 'api::article.article', 'cover', ${place} from files`,
    );
    await site.sql(...orphans);
    const [file = ''] = (await readdir(site.uploadsDir)).filter((name) => name !== '.gitkeep');
    await rm(join(site.uploadsDir, file));
    const store = createMemoryStore();
    const { reported } = await pull(store.destination());
    expect(reported).toMatchObject({ missingFiles: 1, omittedLinks: 12, otherWarnings: 0, unreadTypes: 0 });
    await expect(pull(createMemoryStore().destination(), { strict: true })).rejects.toMatchObject({
      code: 'SERVER_REPORTED',
    });
  });
});

describe('files that lie elsewhere', () => {
  afterAll(() => site.restore());

  const putOn = (path: string) => {
    const { port } = cdn.address() as AddressInfo;
    return site.sql(
      `update files set provider = 'aws-s3', url = 'http://127.0.0.1:${port}/${path}' where id = (select max(id) from files)`,
    );
  };

  test.each(['plain.svg', 'gz.svg', 'chunked.svg'])('%s comes whole', async (path) => {
    await putOn(path);
    const store = createMemoryStore();
    await pull(store.destination(), { only: ['content', 'files'] });
    expect(store.content().assets.some(({ bytes }) => Buffer.from(bytes).equals(svg))).toBe(true);
    await pull(join(cwd, 'cdn.tar.gz'), { only: ['content', 'files'] });
  });

  test.each([404, 403])('an answer of %i is quoted, with the last file that came whole', async (status) => {
    await putOn(`${status}.svg`);
    const message = expect.stringMatching(
      new RegExp(
        `assets: Request failed with status code ${status}\\. The last file that came whole is \\S+:`,
      ),
    );
    await expect(pull(createMemoryStore().destination())).rejects.toMatchObject({
      code: 'PEER_STAGE_FAILED',
      message,
    });
    await expect(compared()).rejects.toMatchObject({ code: 'PEER_STAGE_FAILED', message });
  });

  it('a file without a provider is quoted too', async () => {
    await site.sql('update files set provider = null where id = (select max(id) from files)');
    await expect(pull(createMemoryStore().destination())).rejects.toMatchObject({
      code: 'PEER_STAGE_FAILED',
      message: expect.stringMatching(/could not read its assets: (?!it gave no reason)\S.+\. The last file/),
    });
  });
});

describe('what cannot work is refused, and the Strapi stays as it was:', () => {
  test.each<[string, string, Options]>([
    ['rows without their files', 'MISSING_FILES', {}],
    ['files alone', 'FILES_WITHOUT_ROWS', { only: ['files'] }],
  ])('%s', async (_, code, options) => {
    const bare = join(cwd, 'bare');
    await pull(bare, { exclude: ['files'] });
    const before = [await site.counts(), await treeOf(site.uploadsDir)];
    await expect(push(bare, options)).rejects.toMatchObject({ code });
    expect([await site.counts(), await treeOf(site.uploadsDir)]).toEqual(before);
  });
});

it('links that lack a row are told before, and counted as skipped by the Strapi', async () => {
  const store = createMemoryStore();
  await createTransfer({ from: content, to: store.destination() }).done;
  const { links } = store.content();
  const broken = links.map((link, at) =>
    at < 3 ? { ...link, left: { ...link.left, ref: 90_000 + at } } : link,
  );
  const from = createMemoryStore({ ...store.content(), links: broken }).source();
  const to = { to: site.adminUrl, toToken: site.tokens.push };
  const { findings, reported } = await createTransfer({ from, ...to }).done;
  expect(findings).toMatchObject([
    { kind: 'orphanLinks', text: expect.stringContaining(`3 of ${links.length}`) },
  ]);
  expect(reported).toEqual({ ...noReports, warnings: 4, skippedLinks: 3, messages: expect.anything() });
});

describe('every warning of a Strapi is known:', () => {
  const places = ['local-source/assets', 'local-source/entities', 'local-source/links'].map(
    (file) => `strapi/providers/${file}.js`,
  );
  const files = [
    ...places,
    'strapi/providers/local-destination/strategies/restore/links.js',
    'utils/capped-warnings.js',
  ];
  /** What these files throw, and parts of a sentence. */
  const noWarnings = [/^Request failed/, /^An error happened/, /^SAVEPOINT|^RELEASE|^ROLLBACK/];

  test.each(['', 'older/'])('%s5.5x', async (version) => {
    const root = new URL(`./${version}node_modules/@strapi/data-transfer/dist/`, import.meta.url);
    const sentences: string[] = [];
    for (const file of files) {
      const text = await readFile(new URL(file, root), 'utf8');
      const [...literals] = text.matchAll(/`([A-Z[][^`]* [^`]* [^`]*)`/g);
      sentences.push(...literals.map(([, words = '']) => words.replace(/\$\{[^}]*\}/g, '7')));
    }
    const warnings = sentences.filter((words) => !noWarnings.some((pattern) => pattern.test(words)));
    expect(warnings.length).toBeGreaterThanOrEqual(8);
    expect(warnings.filter((words) => meaningOf(words) === null)).toEqual([]);
  });
});
