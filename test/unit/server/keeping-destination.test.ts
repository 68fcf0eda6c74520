import { describe, expect, it, test } from 'vitest';
import { realIds } from '../../../src/ports/ids.js';
import { restoreFor } from '../../../src/protocol/clearing.js';
import type { Schemas, Step } from '../../../src/protocol/content.js';
import { transferErrorOf } from '../../../src/protocol/errors.js';
import type { RestoreOptions } from '../../../src/protocol/messages.js';
import { createRequestHandler, type RequestHandler } from '../../../src/server/request-handler.js';
import { servedFolder } from '../../../src/server/served-folder.js';
import type { ServedStores } from '../../../src/server/served-stores.js';
import { createMemoryStore, type MemoryContent } from '../../../src/stores/memory.js';
import type { TransferSource } from '../../../src/stores/store.js';
import { createMemoryFiles } from '../../../src/testing/memory-files.js';
import { createFilters, type FilterOptions } from '../../../src/transfer/filters.js';
import { asset } from '../../support/raw-client.js';

const [page, tag, file, seo] = ['api::page.page', 'api::tag.tag', 'plugin::upload.file', 'shared.seo'];

const schemas: Schemas = {
  [page]: {
    uid: page,
    attributes: { seo: { type: 'component', component: seo }, parts: { type: 'dynamiczone' } },
  },
  [tag]: { uid: tag, attributes: { seo: { type: 'component', component: seo, repeatable: true } } },
  [file]: { uid: file, attributes: {} },
  [seo]: { uid: seo, attributes: { image: { type: 'media' } } },
};

const link = (left: readonly [string, number, string], right: readonly [string, number]) => ({
  kind: 'relation.basic',
  relation: 'oneToOne',
  left: { type: left[0], ref: left[1], field: left[2] },
  right: { type: right[0], ref: right[1] },
});

/** Two sites of one kind; `first` is the first id of its components. */
function site(label: string, first: number): MemoryContent {
  return {
    metadata: { createdAt: label },
    schemas,
    entities: [
      { type: page, id: 1, data: { label, seo: { id: first, label } } },
      { type: page, id: 2, data: { label, parts: [{ __component: seo, id: first + 1, label }] } },
      { type: tag, id: 1, data: { label, seo: [{ id: first + 2, label }] } },
      { type: file, id: 1, data: { label } },
    ],
    links: [
      link([page, 1, 'tags'], [tag, 1]),
      link([page, 1, 'next'], [page, 2]),
      link([tag, 1, 'next'], [tag, 1]),
      link([seo, first, 'image'], [file, 1]),
      link([seo, first + 1, 'page'], [page, 1]),
      link([seo, first + 2, 'tag'], [tag, 1]),
    ],
    configuration: [
      { type: 'core-store', value: { key: 'name', value: label } },
      { type: 'webhook', value: { name: label } },
    ],
    assets: [{ filename: `${label}.txt`, metadata: { label }, bytes: new TextEncoder().encode(label) }],
  };
}
const standing = site('standing', 1);
const coming = site('coming', 101);

function handlerWith(stores: ServedStores): RequestHandler {
  return createRequestHandler({
    direction: 'push',
    stores,
    ids: realIds,
    now: () => 0,
    limits: { assetSize: 1e6, batchItems: 1000 },
    pump: () => ({ prepare: () => ({ id: 'stage' }), stop: () => {} }),
  });
}

async function begin(handler: RequestHandler, restore: RestoreOptions, about: Partial<MemoryContent>) {
  const uuid = 'u';
  await handler.carryOut({ type: 'request.init', uuid }, { options: { strategy: 'restore', restore } });
  const { metadata = null, schemas = null } = about;
  await handler.carryOut({ type: 'request.beforeTransfer', uuid }, { metadata, schemas });
}

async function bring(handler: RequestHandler, step: Step, items: readonly unknown[]) {
  await handler.carryOut({ type: 'request.stepStart', uuid: 'u', step }, null);
  await handler.carryOut({ type: 'request.stepStream', uuid: 'u', step }, items);
  await handler.carryOut({ type: 'request.stepEnd', uuid: 'u', step }, null);
}

const close = (handler: RequestHandler) => handler.carryOut({ type: 'request.close', uuid: 'u' }, null, true);
const flowOf = (content: MemoryContent) =>
  content.assets.flatMap(({ filename, bytes }) => [
    asset.start(filename, filename, bytes.length),
    asset.stream(filename, bytes),
    asset.end(filename),
  ]);

/** Pushes `coming` as a client of ours does. */
async function push(stores: ServedStores, flags: FilterOptions, about: Partial<MemoryContent> = coming) {
  const handler = handlerWith(stores);
  const { steps, verdictOf, restore } = createFilters(flags);
  await begin(handler, restoreFor(restore, Object.keys(schemas)), about);
  for (const step of steps) {
    if (step === 'assets') await bring(handler, step, flowOf(coming));
    else
      await bring(
        handler,
        step,
        coming[step].filter((row) => verdictOf(step, row as never) === 'kept'),
      );
  }
  await close(handler);
  await handler.cleanUp();
}

/** Every row and file, as one list that has no order. */
async function allOf(source: TransferSource): Promise<readonly string[]> {
  await source.open();
  const all: string[] = [];
  const note = (what: unknown) => all.push(JSON.stringify(what));
  for (const [uid] of Object.entries((await source.schemas()) ?? {})) note(['schema', uid]);
  for (const step of ['entities', 'links', 'configuration'] as const)
    for await (const rows of source.rows(step)) for (const row of rows) note([step, row]);
  for await (const { filename, stream } of source.assets())
    for await (const bytes of stream()) note(['asset', filename, new TextDecoder().decode(bytes)]);
  await source.close();
  return all.sort();
}
const contentOf = (content: MemoryContent) => allOf(createMemoryStore(content).source());

/** Places to serve that hold `standing`. */
const kinds: Record<string, () => Promise<ServedStores & { source: () => TransferSource }>> = {
  memory: async () => {
    const store = createMemoryStore(standing);
    return { source: store.source, destination: store.destination };
  },
  folder: async () => {
    const stores = servedFolder({ path: '/srv/content', files: createMemoryFiles() });
    const handler = handlerWith(stores);
    await begin(handler, createFilters().restore, standing);
    for (const step of ['entities', 'links', 'configuration'] as const)
      await bring(handler, step, standing[step]);
    await bring(handler, 'assets', flowOf(standing));
    await close(handler);
    await handler.cleanUp();
    return { ...stores, source: stores.source ?? (() => createMemoryStore().source()) };
  },
};

interface Stays {
  readonly types: readonly string[];
  readonly configuration?: readonly string[];
  readonly assets?: true;
}
const everyType = [page, tag, file];
const settings = ['core-store', 'webhook'];

const flags: readonly [string, FilterOptions, Stays][] = [
  ['everything', {}, { types: [] }],
  ['--only content', { only: ['content'] }, { types: [], configuration: settings, assets: true }],
  ['--only files', { only: ['files'] }, { types: everyType, configuration: settings }],
  ['--only config', { only: ['config'] }, { types: everyType, assets: true }],
  ['--only content,files', { only: ['content', 'files'] }, { types: [], configuration: settings }],
  ['--only content,config', { only: ['content', 'config'] }, { types: [], assets: true }],
  ['--only files,config', { only: ['files', 'config'] }, { types: everyType }],
  ['--exclude config', { exclude: ['config'] }, { types: [], configuration: settings }],
  ['one type only', { onlyContentTypes: [tag] }, { types: [page, file], assets: true }],
  ['one type excluded', { excludeContentTypes: [tag] }, { types: [tag] }],
];

/** What stands afterwards, told from the two sites and what stays. */
function expected(given: FilterOptions, { types, configuration = [], assets }: Stays): MemoryContent {
  const { verdictOf } = createFilters(given);
  const ownerOf = ({ links }: MemoryContent, type: string, ref: unknown) =>
    type !== seo ? type : ref === Object(links[5]).left.ref ? tag : page;
  const linkOf = (content: MemoryContent, isIn: (type: string) => boolean) =>
    content.links.filter((one) =>
      [one.left, one.right].every(({ type, ref }) => isIn(ownerOf(content, type, ref))),
    );
  const stays = (type: string) => types.includes(type);
  return {
    metadata: coming.metadata,
    schemas,
    entities: [
      ...standing.entities.filter(({ type }) => stays(type)),
      ...coming.entities.filter(({ type }) => !stays(type)),
    ],
    links: [
      ...linkOf(standing, stays),
      ...linkOf(coming, (type) => !stays(type)).filter((row) => verdictOf('links', row) === 'kept'),
    ],
    configuration: [
      ...standing.configuration.filter(({ type }) => configuration.includes(type)),
      ...coming.configuration.filter(({ type }) => !configuration.includes(type)),
    ],
    assets: assets ? standing.assets : coming.assets,
  };
}

describe.each(Object.keys(kinds))('a push to a served %s', (kind) => {
  it.each(flags)('with %s leaves what it does not move, row for row', async (_, given, stays) => {
    const stores = await (kinds[kind] as (typeof kinds)[string])();
    expect(await allOf(stores.source())).toEqual(await contentOf(standing));
    await push(stores, given);
    expect(await allOf(stores.source())).toEqual(await contentOf(expected(given, stays)));
  });
});

/** As a client of ours says that all is to be replaced. */
const whole = restoreFor(createFilters().restore, Object.keys(schemas));

const memory = () => createMemoryStore(standing);
const restoring = (given: FilterOptions) => createFilters(given).restore;

test('what stays keeps its links where a pushed component has the same id', async () => {
  const store = memory();
  const handler = handlerWith(store);
  await begin(handler, restoring({ onlyContentTypes: [tag] }), {});
  await bring(handler, 'entities', [
    { type: tag, id: 9, data: { label: 'new', seo: [{ id: 1 }, { id: 2 }, { id: 40 }] } },
  ]);
  await bring(handler, 'links', [link([seo, 1, 'tag'], [tag, 9])]);
  await close(handler);
  const { entities, links } = store.content();
  const [, first, second] = entities;
  expect([first?.data, second?.data]).toEqual([
    { label: 'standing', seo: { id: 41, label: 'standing' } },
    { label: 'standing', parts: [{ __component: seo, id: 42, label: 'standing' }] },
  ]);
  expect(links).toEqual([
    link([seo, 1, 'tag'], [tag, 9]),
    link([page, 1, 'next'], [page, 2]),
    link([seo, 41, 'image'], [file, 1]),
    link([seo, 42, 'page'], [page, 1]),
  ]);
});

test('a row that is pushed although its type stays does not take the place of one that stays', async () => {
  const store = memory();
  const handler = handlerWith(store);
  await begin(handler, restoring({ only: ['files'] }), {});
  await bring(handler, 'entities', [{ type: page, id: 1, data: { label: 'new' } }]);
  await close(handler);
  const pages = store.content().entities.filter(({ type }) => type === page);
  expect(pages.map(({ id, data }) => [id, data['label']])).toEqual([
    [1, 'new'],
    [3, 'standing'],
    [2, 'standing'],
  ]);
  expect(store.content().links).toContainEqual(link([page, 3, 'next'], [page, 2]));
});

test('ids that leave none free for what stays are refused, and what stood there stays', async () => {
  const store = memory();
  const handler = handlerWith(store);
  await begin(handler, restoring({ onlyContentTypes: [tag] }), {});
  const ids = [1, Number.MAX_SAFE_INTEGER].map((id) => ({ id }));
  await bring(handler, 'entities', [{ type: tag, id: 9, data: { seo: ids } }]);
  await expect(close(handler)).rejects.toMatchObject({ code: 'INVALID_MESSAGE' });
  await handler.cleanUp();
  expect(store.content()).toEqual(standing);
});

test('a type that stays keeps its schema, and one that comes brings its own', async () => {
  const changed = Object.fromEntries(
    Object.entries(schemas).map(([uid, one]) => [uid, { ...one, isNew: true }]),
  );
  const store = memory();
  await push(store, { onlyContentTypes: [tag] }, { schemas: { ...changed, 'api::new.new': {} } });
  const isNew = Object.entries(store.content().schemas ?? {}).filter(([, one]) => one['isNew'] === true);
  expect(isNew.map(([uid]) => uid)).toEqual([tag, seo]);
  expect(Object.keys(store.content().schemas ?? {})).toContain('api::new.new');
});

test.each([
  ['the push is rolled back', 'request.rollback'],
  ['the client leaves before close', null],
] as const)('where %s, all that stood there still stands, and nothing is left open', async (_, last) => {
  const store = memory();
  const handler = handlerWith(store);
  await begin(handler, restoring({ only: ['content'] }), coming);
  await bring(handler, 'entities', coming.entities);
  if (last !== null) await handler.carryOut({ type: last, uuid: 'u' }, null);
  await handler.cleanUp();
  expect(store.content()).toEqual(standing);
  await store.destination().open();
});

test('a client that leaves while what stays is copied ends the copying, and the old version stands', async () => {
  const store = memory();
  let reached = () => {};
  const copying = new Promise<void>((resolve) => {
    reached = resolve;
  });
  let closed = false;
  const source = (): TransferSource => {
    const inner = store.source();
    return {
      ...inner,
      async *assets() {
        reached();
        // As a disk that is slow: it goes on until it is closed.
        while (!closed) await Promise.resolve();
        yield* inner.assets();
      },
      async close() {
        closed = true;
        await inner.close();
      },
    };
  };
  const handler = handlerWith({ source, destination: store.destination });
  await begin(handler, restoring({ only: ['content'] }), coming);
  const closing = close(handler).catch((error: unknown) => error);
  await copying;
  await handler.cleanUp();
  expect(await closing).toMatchObject({ code: 'ABORTED' });
  expect(store.content()).toEqual(standing);
  await store.destination().open();
});

test('a close that is asked for again after it failed copies nothing twice', async () => {
  const store = memory();
  const failing: TransferSource = {
    ...store.source(),
    async *assets() {
      yield* [];
      throw new Error('the disk failed');
    },
  };
  const handler = handlerWith({ source: () => failing, destination: store.destination });
  await begin(handler, restoring({ only: ['config'] }), coming);
  for (const _ of [1, 2]) await expect(close(handler)).rejects.toThrow('the disk failed');
  expect(store.content()).toEqual(standing);
});

test('a push that leaves something alone is refused where nothing can be read, and the store is free again', async () => {
  const store = memory();
  const handler = handlerWith({ destination: store.destination });
  await expect(begin(handler, restoring({ only: ['content'] }), {})).rejects.toMatchObject({
    code: 'NOT_SERVED',
  });
  await begin(handlerWith({ destination: store.destination }), whole, coming);
});

test('a type that the source of a whole push lacks stays, as in a Strapi', async () => {
  const old = { type: 'api::old.old', id: 1, data: {} };
  const store = createMemoryStore({
    ...standing,
    schemas: { ...schemas, 'api::old.old': {} },
    entities: [...standing.entities, old],
  });
  const handler = handlerWith(store);
  await begin(handler, whole, coming);
  await bring(handler, 'entities', coming.entities);
  await close(handler);
  expect(store.content().entities).toEqual([...coming.entities, old]);
  expect(Object.keys(store.content().schemas ?? {})).toContain('api::old.old');
});

test.each([
  ['whole push', whole, null],
  ['push of a part', restoreFor(restoring({ only: ['content'] }), Object.keys(schemas)), 'NOT_AN_EXPORT'],
] as const)('a %s to what is no export: %#', async (_, restore, code) => {
  const store = memory();
  const source = (): TransferSource => ({
    ...store.source(),
    open: () => Promise.reject(transferErrorOf('NOT_AN_EXPORT', { path: '/srv', reason: 'it is damaged' })),
  });
  const beginning = begin(handlerWith({ source, destination: store.destination }), restore, coming);
  if (code === null) await beginning;
  else await expect(beginning).rejects.toMatchObject({ code });
});
