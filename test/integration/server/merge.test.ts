import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { servedFolder } from '../../../src/server/index.js';
import {
  createDirectoryDestination,
  createDirectorySource,
  createMemoryStore,
  type MemoryContent,
} from '../../../src/stores/index.js';
import { createTransfer } from '../../../src/transfer/create-transfer.js';
import { applyChangeset } from '../../../src/transfer/merge/apply-changeset.js';
import { createMerge } from '../../../src/transfer/merge/create-merge.js';
import { openRaw, say } from '../../support/raw-client.js';
import { type RunningServer, runServer } from '../../support/transfer-servers.js';

const article = 'api::article.article';
const schemas = { [article]: { uid: article, attributes: { title: { type: 'string' } } } };
const row = (id: number, documentId: string, title: string, updatedAt = '2026-01-01') => ({
  ...{ type: article, id },
  data: { documentId, title, updatedAt },
});
const content = (...entities: MemoryContent['entities']): Partial<MemoryContent> => ({
  ...{ schemas, entities, metadata: { createdAt: '2026-01-01' } },
});

let folder: string;
let running: RunningServer;
const site = () => join(folder, 'site');

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ferry-merge-'));
  const served = servedFolder({ path: site() });
  running = await runServer({ stores: () => served });
});
afterAll(async () => {
  await running.close();
  await rm(folder, { recursive: true });
});

const stand = (standing: Partial<MemoryContent>) =>
  createTransfer({
    from: createMemoryStore(standing).source(),
    to: createDirectoryDestination({ path: site(), force: true }),
  }).done;

async function titles(): Promise<readonly string[]> {
  const source = createDirectorySource({ path: site() });
  await source.open();
  const found: string[] = [];
  for await (const batch of source.rows('entities'))
    for (const { id, data } of batch)
      found.push(`${id} ${String(data['documentId'])} ${String(data['title'])}`);
  await source.close();
  return found.sort();
}

const merge = (from: Partial<MemoryContent>, more = {}) =>
  createMerge({
    ...{ from: createMemoryStore(from).source(), to: running.admin, toToken: running.token },
    ...more,
  });

test('a server of ours takes a merge over the wire, and keeps the rest', async () => {
  await stand(content(row(1, 'a', 'old'), row(2, 'b', 'stays')));
  const { counts } = await merge(content(row(70, 'a', 'new'), row(71, 'c', 'added'))).done;
  expect(counts).toMatchObject({ add: 1, replace: 1, keep: 0 });
  expect(await titles()).toEqual(['1 a new', '2 b stays', '3 c added']);
});

test('it takes types that it lacks, as a folder does', async () => {
  await stand(content(row(1, 'a', 'old')));
  const tag = 'api::tag.tag';
  const coming = content({ ...row(70, 't', 'sea'), type: tag });
  const declared = { ...coming, schemas: { ...schemas, [tag]: { uid: tag, attributes: {} } } };
  const { counts } = await merge(declared).done;
  expect(counts).toMatchObject({ add: 1, replace: 0 });
  expect(await titles()).toEqual(['1 a old', '1 t sea']);
});

test('it takes fields that no schema declares, as a folder does', async () => {
  const other = 'api::other.other';
  await stand({
    ...content(row(1, 'a', 'old')),
    schemas: { ...schemas, [other]: { uid: other, attributes: {} } },
  });
  const undeclared = row(70, 'a', 'new');
  await merge(content({ ...undeclared, data: { ...undeclared.data, note: 'kept' } })).done;
  const source = createDirectorySource({ path: site() });
  await source.open();
  for await (const [first] of source.rows('entities')) expect(first?.data['note']).toBe('kept');
  await source.close();
  expect(await titles()).toEqual(['1 a new']);
});

test('it refuses a plan that no longer fits, and stays as it was', async () => {
  await stand(content(row(1, 'a', 'old'), row(2, 'b', 'stays')));
  const { done } = merge(content(row(70, 'a', 'new')), {
    confirm: async () => {
      await stand(content(row(1, 'a', 'edited in between'), row(2, 'b', 'stays')));
      return true;
    },
  });
  await expect(done).rejects.toMatchObject({
    code: 'DESTINATION_CHANGED',
    message: expect.stringMatching(/merge was planned/),
  });
  expect(await titles()).toEqual(['1 a edited in between', '2 b stays']);
});

test('it refuses a changeset whose rows do not all come', async () => {
  await stand(content(row(1, 'a', 'old')));
  const changeset = createMemoryStore();
  await merge(content(row(70, 'a', 'new')), { changeset: changeset.destination() }).done;
  const lacking = createMemoryStore({ ...changeset.content(), entities: [] });
  const { done } = applyChangeset({
    ...{ from: lacking.source(), to: running.admin, toToken: running.token },
  });
  await expect(done).rejects.toMatchObject({ code: 'MERGE_INCOMPLETE', details: { type: article } });
  expect(await titles()).toEqual(['1 a old']);
});

test('a merge that is aborted on the way leaves it as it was', async () => {
  await stand(content(row(1, 'a', 'old')));
  const running = merge(content(row(70, 'a', 'new')), {
    onTransfer: (chart: { on: (type: string, then: () => void) => void }, { part }: { part: string }) => {
      if (part === 'changes') chart.on('stage.completed', () => running.abort('the test'));
    },
  });
  await expect(running.done).rejects.toMatchObject({ code: 'ABORTED', details: { by: 'the test' } });
  expect(await titles()).toEqual(['1 a old']);
});

test('a client that is not ours is refused the strategy merge as a Strapi refuses it', async () => {
  const client = await openRaw(`${running.runner}push`, running.token);
  await client.ask(say.command('init', { options: { strategy: 'merge' }, transfer: 'push' }));
  const { error } = await client.ask(say.action('bootstrap'));
  expect(error?.message).toBe('Invalid strategy merge');
  client.socket.terminate();
});

test.each([
  ['push', 'pull'],
  ['pull', 'push'],
] as const)('a token for %s alone is refused before anything is read', async (scope, lacks) => {
  await stand(content(row(1, 'a', 'old')));
  const { accessKey } = await running.tokens.create({ name: `only ${scope}`, scopes: [scope] });
  const moves: string[] = [];
  const merging = merge(content(row(9, 'a', 'new')), {
    toToken: accessKey,
    onTransfer: (_: unknown, { part }: { part: string }) => moves.push(part),
  });
  const error = { code: 'FORBIDDEN', details: { scope: 'pull and push' } };
  await expect(merging.done).rejects.toMatchObject(error);
  expect([moves, lacks]).toEqual([[], lacks]);
});

test('a plan asks for no more than to read', async () => {
  await stand(content(row(1, 'a', 'old')));
  const { accessKey } = await running.tokens.create({ name: 'reader', scopes: ['pull'] });
  const { plan } = await merge(content(row(9, 'a', 'new')), { toToken: accessKey, dryRun: true }).done;
  expect(plan.documents).toMatchObject([{ verb: 'replace' }]);
});

/** Three files, of which one document shows one. */
function withFiles(): MemoryContent {
  const fileOf = (id: number) => ({
    type: 'plugin::upload.file',
    id,
    data: { documentId: `f${id}`, name: `f${id}`, hash: `f${id}`, ext: '.txt', folderPath: '/' },
  });
  return {
    ...{ metadata: { createdAt: '2026-01-01' }, configuration: [] },
    schemas: { ...schemas, 'plugin::upload.file': { uid: 'plugin::upload.file', attributes: {} } },
    entities: [row(1, 'a', 'shows one'), row(2, 'b', 'shows none'), ...[5, 6, 7].map(fileOf)],
    links: [
      {
        ...{ kind: 'relation.morph', relation: 'morphToMany' },
        left: { type: 'plugin::upload.file', ref: 6, field: 'related' },
        right: { type: article, ref: 1, field: 'cover', pos: 1 },
      },
    ],
    assets: [5, 6, 7].map((id) => ({
      filename: `f${id}.txt`,
      metadata: { id, hash: `f${id}`, ext: '.txt', name: `f${id}` },
      bytes: new TextEncoder().encode(`bytes of ${id}`),
    })),
  };
}

test.each([
  ['a', ['f6.txt']],
  ['b', []],
])(
  'of the files of a server those that come with %s are kept, and others nowhere',
  async (documentId, names) => {
    const served = createMemoryStore(withFiles());
    const from = await runServer({ stores: () => served });
    const to = createMemoryStore(content() as MemoryContent);
    const pulled: string[] = [];
    await createMerge({
      ...{ from: from.admin, fromToken: from.token, to },
      documents: [{ type: article, documentId }],
      onTransfer(transfer, { part }) {
        transfer.on('stage.started', ({ step }) => pulled.push(`${part} ${step}`));
      },
    }).done;
    await from.close();
    expect(to.content().assets.map(({ filename }) => filename)).toEqual(names);
    expect(pulled).not.toContain('source assets');
    expect(pulled.filter((stage) => stage === 'files assets')).toHaveLength(names.length);
  },
);

test.each([
  [1_000, 'asked for what it concerns'],
  [3_000, 'read whole, since the question would be longer than a request may be'],
])('a server that %d named documents come to is %s', async (count, what) => {
  const rows = Array.from({ length: count }, (_, n) => row(n + 1, `${n}`.padStart(24, 'd'), 'new'));
  const served = createMemoryStore(content(row(1, 'stays', 'old')));
  let isAsked = false;
  const source = () => ({
    ...served.source(),
    concerning() {
      isAsked = true;
      return served.source();
    },
  });
  const to = await runServer({ stores: () => ({ ...served, source }) });
  const named = rows.map(({ type, data }) => ({ type, documentId: data.documentId }));
  const more = { to: to.admin, toToken: to.token, documents: named };
  const { counts } = await merge(content(...rows), more).done.finally(() => to.close());
  expect(counts).toMatchObject({ add: count, replace: 0 });
  expect(served.content().entities).toHaveLength(count + 1);
  expect(isAsked).toBe(what.startsWith('asked'));
});
