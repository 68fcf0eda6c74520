import { expect, test } from 'vitest';
import { digestOf } from '../../../src/merge/identity.js';
import { match } from '../../../src/merge/matching.js';
import { mergingDestination } from '../../../src/merge/merging-destination.js';
import { changesetOfPlan } from '../../../src/merge/planned-source.js';
import { planMerge } from '../../../src/merge/planner.js';
import { select } from '../../../src/merge/selection.js';
import { countValues } from '../../../src/protocol/json.js';
import { createDirectoryDestination, createDirectorySource } from '../../../src/stores/index.js';
import { createMemoryStore } from '../../../src/stores/memory.js';
import { createMemoryFiles } from '../../../src/testing/memory-files.js';
import { createTransfer } from '../../../src/transfer/create-transfer.js';
import { createMerge } from '../../../src/transfer/merge/create-merge.js';
import { asset, basic, ent, fileRow, merge, P, site, T } from '../../support/merge-rows.js';

const code = (error: { code: string }) => error.code;

test('a source that gives its rows once is refused', async () => {
  const entities = [ent(T, 1, 'a', { title: 'new' }), ent(T, 2, 'b', { title: 'new b' })];
  const store = createMemoryStore(site({ entities }));
  const once = () => {
    const source = store.source();
    const read: Record<string, number> = {};
    const { rereads: _, ...rest } = source;
    return {
      ...rest,
      async *rows(step: 'entities') {
        read[step] = (read[step] ?? 0) + 1;
        if (read[step] === 1) yield* source.rows(step);
      },
    } as never;
  };
  const to = createMemoryStore(site({ entities: [ent(T, 7, 'a', { title: 'old' }), ent(T, 8, 'z')] }));
  expect(await createMerge({ from: once(), to }).done.catch(code)).toBe('INVALID_OPTION');
  expect(to.content().entities.map(({ data }) => data['documentId'])).toContain('a');
});

test('the changeset of a site of which nothing but one document differs fits into a message', async () => {
  const rows = (title: string) =>
    Array.from({ length: 40_000 }, (_, at) =>
      ent(T, at + 1, `document-${at >> 1}`, {
        publishedAt: at % 2 ? P : null,
        title: at === 0 ? title : 'same',
      }),
    );
  const from = createMemoryStore(site({ entities: rows('new') })).source();
  const there = createMemoryStore(site({ entities: rows('old') })).source();
  await from.open();
  await there.open();
  const selected = await select(from, {}, { only: [], exclude: [] });
  const planned = await planMerge(selected, there, await match(selected, there), {
    onConflict: 'fail',
    onlyAdds: false,
  });
  const text = JSON.stringify(changesetOfPlan(planned));
  expect(planned.plan.documents.filter(({ verb }) => verb !== 'keep')).toHaveLength(1);
  const values = countValues(new TextEncoder().encode(text), { values: 1e9, depth: 1000 } as never);
  expect(values).toBeLessThan(1_000);
});

test('links of a row go with it where its id is a text with a space', async () => {
  const files = createMemoryFiles();
  const path = '/data/site';
  const to = {
    source: () => createDirectorySource({ path, files }),
    destination: () => createDirectoryDestination({ path, files, force: true }),
  };
  const standing = site({
    entities: [ent(T, 'row 1', 'a', { title: 'old' }), ent(T, 'row 2', 'b')],
    links: [basic('manyToMany', 'many', [T, 'row 1'], [T, 'row 2'])],
  });
  await createTransfer({ from: createMemoryStore(standing).source(), to: to.destination() }).done;
  await createMerge({
    from: createMemoryStore(site({ entities: [ent(T, 1, 'a', { title: 'new' })] })).source(),
    to,
  }).done;
  const copy = createMemoryStore();
  await createTransfer({ from: to.source(), to: copy.destination() }).done;
  expect(copy.content().links).toHaveLength(0);
});

test('a changeset whose plan says less than it drops is refused', async () => {
  const row = ent(T, 1, 'a', { title: 'stands' });
  const to = createMemoryStore(site({ entities: [row] }));
  const { id: _, ...data } = row.data as never as Record<string, unknown>;
  const changeset = {
    version: 1,
    plan: {
      documents: [],
      conflicts: [],
      missing: [],
      collisions: [],
      lost: [],
      files: { count: 0, bytes: 0 },
    },
    drops: [{ type: T, id: 1, digest: digestOf(data), links: '' }],
    expects: [],
    unlinks: [],
    inbound: [],
    folders: [],
  };
  const from = createMemoryStore(site({ metadata: { createdAt: P, changeset } as never })).source();
  const applied = await createTransfer({
    from,
    to: mergingDestination(to.destination(), () => to.source()),
  }).done.then(() => 'completed', code);
  expect(applied).toBe('BROKEN_CHANGESET');
  expect(to.content().entities).toHaveLength(1);
});

test('a new file of the same name that was added since is not overwritten', async () => {
  const standing = site({ entities: [ent(T, 1, 'a')] });
  const to = createMemoryStore(standing);
  const ours = site({ entities: [fileRow(9, 'ours', { hash: 'pic' })], assets: [asset(9, 'pic', 'ours')] });
  const outcome = await merge(ours, to, {
    confirm: async () => {
      const theirs = site({
        entities: [fileRow(50, 'theirs', { hash: 'pic' })],
        assets: [asset(50, 'pic', 'theirs')],
      });
      const other = createMemoryStore(theirs);
      const before = to.content();
      await createTransfer({
        from: createMemoryStore({
          ...before,
          entities: [...before.entities, ...other.content().entities],
          assets: [...other.content().assets],
        }).source(),
        to: to.destination(),
      }).done;
      return true;
    },
  }).done.catch(code);
  expect(outcome).toBe('DESTINATION_CHANGED');
  const bytes = to.content().assets.map((one) => new TextDecoder().decode(one.bytes));
  expect(bytes).toContain('theirs');
});

test('a link of a kept document that was changed at the destination since the plan is seen', async () => {
  const doc = (id: number, name: string, title = name) => ent(T, id, name, { title });
  const standing = site({
    entities: [doc(1, 'a', 'old'), doc(2, 'b'), doc(3, 'c')],
    links: [basic('manyToMany', 'many', [T, 1], [T, 2])],
  });
  const to = createMemoryStore(standing);
  const result = await merge(site({ entities: [doc(1, 'a', 'new')] }), to, {
    confirm: async () => {
      const before = to.content();
      await createTransfer({
        from: createMemoryStore({
          ...before,
          links: [basic('manyToMany', 'many', [T, 1], [T, 3])] as never,
        }).source(),
        to: to.destination(),
      }).done;
      return true;
    },
  }).done.catch(code);
  expect(result).toBe('DESTINATION_CHANGED');
});
