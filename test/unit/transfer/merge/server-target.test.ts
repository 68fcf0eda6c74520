import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { changesetOf } from '../../../../src/merge/changeset.js';
import { match } from '../../../../src/merge/matching.js';
import { planMerge } from '../../../../src/merge/planner.js';
import { type Selection, select } from '../../../../src/merge/selection.js';
import { createMemoryStore, type MemoryContent } from '../../../../src/stores/memory.js';
import { createTransfer } from '../../../../src/transfer/create-transfer.js';
import { comingOfChangeset } from '../../../../src/transfer/merge/changeset-coming.js';
import type { Coming } from '../../../../src/transfer/merge/coming.js';
import { createMerge } from '../../../../src/transfer/merge/create-merge.js';
import { countsOf } from '../../../../src/transfer/merge/merge-work.js';
import { comingOf } from '../../../../src/transfer/merge/planned-coming.js';
import { serverTarget } from '../../../../src/transfer/merge/server-target.js';
import { opened } from '../../../support/stock-merges.js';
import {
  fileRow,
  home,
  link,
  page,
  reordered,
  row,
  shows,
  site,
  topic,
} from '../../../support/stock-site.js';

const url = 'https://example.com/admin';
let scratch = '';
let pulls = 0;

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'ferry-server-target-'));
});
afterAll(() => rm(scratch, { recursive: true }));

type Maker = 'planned now' | 'of a changeset';
const makers: readonly Maker[] = ['planned now', 'of a changeset'];

interface Merging {
  /** @default planned now */
  readonly maker?: Maker;
  readonly selection: Selection;
  readonly source: MemoryContent;
  readonly standing: MemoryContent;
  readonly loseLinks?: boolean;
}

/** A merge into a stock Strapi, planned: what its pulls bring is given. */
async function merging({ selection, source: content, standing, loseLinks = false, ...how }: Merging) {
  const source = await opened(content);
  const target = serverTarget(
    { ...selection, from: createMemoryStore().source(), to: url, toToken: 'secret-token', loseLinks },
    url,
  );
  async function pulled(stands: MemoryContent): Promise<void> {
    pulls += 1;
    const folder = join(scratch, `pull-${pulls}`);
    target.pull(folder, null);
    await createTransfer({ from: createMemoryStore(stands).source(), to: folder, exclude: ['files'] }).done;
  }
  await pulled(standing);
  const selected = await select(source, selection, { only: [], exclude: [] });
  const there = await target.standing(null);
  const planned = await planMerge(selected, there, await match(selected, there), {
    ...{ onConflict: 'replace', onlyAdds: false },
  });
  const coming =
    how.maker === 'of a changeset'
      ? await changesetFor({ selection, source: content, standing })
      : comingOf(planned, {});
  const carried = await target.prepare(coming);
  /** Begins a phase, and leaves it before anything is sent. */
  async function begin(phase: number): Promise<void> {
    const { from } = target.carryOut(phase);
    if (typeof from === 'string') throw new Error('a source of its own');
    await from.open();
    await from.close();
  }
  return { target, carried, pulled, begin };
}

/** What was planned for a store that holds the same. */
async function changesetFor({ selection, source: content, standing }: Merging): Promise<Coming> {
  const written = createMemoryStore();
  await createMerge({
    ...{ from: createMemoryStore(content).source(), to: createMemoryStore(standing), ...selection },
    ...{ onConflict: 'replace', changeset: written.destination() },
  }).done;
  const changes = await opened(written.content());
  const changeset = changesetOf(await changes.metadata(), changes.name);
  if (changeset === null) throw new Error('it has one');
  return comingOfChangeset(changes, changeset);
}

const source = site(
  [
    row(page, 1, 'old', { title: 'changed' }),
    row(topic, 2, 'air'),
    row(topic, 3, 'sea', { name: 'new' }),
    fileRow(7, 'fresh'),
  ],
  [link('manyToMany', [page, 1, 'topics', 1], [topic, 2, 'pages', 1]), shows(7, [page, 1, 'cover'])],
);
const rows = [
  ...[row(page, 11, 'old'), row(page, 12, 'next'), row(topic, 13, 'air'), row(topic, 14, 'sea')],
  row(home, 16, 'home'),
];
const standing = site(rows);
const came = fileRow(99, 'fresh', { url: '/uploads/elsewhere.png' });
const selection = {
  documents: [
    { type: page, documentId: 'old' },
    { type: topic, documentId: 'sea' },
  ],
};
const onlyOld = { documents: selection.documents.slice(0, 1) };
const changed = { code: 'DESTINATION_CHANGED', details: { end: url } };

describe.each(makers)('%s: before the documents, after the files have come to a Strapi', (maker) => {
  const moved = rows.filter(({ id }) => id !== 11);
  const edits: Readonly<Record<string, MemoryContent>> = {
    'a document to be deleted was edited': site([...moved, row(page, 11, 'old', { title: 'edited' }), came]),
    'it was deleted': site([...moved, came]),
    'it has another row': site([...rows, row(page, 18, 'old', { locale: 'tr' }), came]),
    'a document of another type has its documentId': site([...rows, row(topic, 18, 'old'), came]),
    'a row that stays points to it in one direction': site(
      [...rows, came],
      [link('oneToMany', [home, 16, 'best', 1], [page, 11])],
    ),
    'what it leads to is gone': site([...rows.filter(({ id }) => id !== 13), came]),
  };

  test.each(Object.entries(edits))('the merge is refused where %s', async (_, between) => {
    const { carried, pulled, begin } = await merging({
      maker,
      // The rows of other locales neither come nor are in the plan.
      selection: { ...selection, locales: ['en'] },
      ...{ source, standing },
    });
    expect(carried.phases).toBe(2);
    await pulled(standing);
    await begin(0);
    await pulled(between);
    await expect(begin(1)).rejects.toMatchObject(changed);
  });

  test('it goes on where only the files are new', async () => {
    const { pulled, begin } = await merging({ maker, selection, source, standing });
    await pulled(standing);
    await begin(0);
    await pulled(site([...rows, came]));
    await begin(1);
  });
});

describe.each(makers)('%s: before the first phase', (maker) => {
  const alone = site([row(page, 1, 'old', { title: 'changed' })]);
  const edits: Readonly<Record<string, MemoryContent>> = {
    'a row of a locale that does not come was added': site([...rows, row(page, 18, 'old', { locale: 'tr' })]),
    'a file took the name of one that comes': site([...rows, fileRow(18, 'other', { hash: 'fresh' })]),
    'another link is lost than those that the plan says': site(rows, [
      link('oneToMany', [home, 16, 'best', 1], [page, 11]),
    ]),
  };
  test.each(Object.entries(edits))('the merge is refused where %s', async (_, now) => {
    const { pulled, begin } = await merging({
      ...{ maker, selection: { ...selection, locales: ['en'] } },
      ...{ source, standing, loseLinks: true },
    });
    await pulled(now);
    await expect(begin(0)).rejects.toMatchObject(changed);
  });

  test('it goes on where the database answers in another order', async () => {
    const twice = [row(page, 11, 'old', { extra: { a: 1, b: [{ c: 2, d: 3 }] } }), row(page, 9, 'old')];
    const draft = row(page, 10, 'old', { publishedAt: null });
    const linked = site(
      [...twice, draft, ...rows.filter(({ id }) => id !== 11)],
      [
        link('oneToMany', [home, 16, 'best', 1], [page, 10]),
        link('oneToMany', [home, 16, 'best', 2], [page, 11]),
        link('manyToMany', [page, 12, 'topics', 1], [topic, 14, 'pages', 1]),
        link('manyToMany', [page, 12, 'topics', 2], [topic, 13, 'pages', 1]),
      ],
    );
    const { pulled, begin } = await merging({ maker, selection, source, standing: linked, loseLinks: true });
    await pulled(reordered(linked));
    await begin(0);
    await pulled({ ...reordered(linked), entities: [...reordered(linked).entities, came] });
    await begin(1);
  });

  test('ids that others took are none that it needs', async () => {
    const { pulled, begin } = await merging({ maker, selection, source, standing });
    const taken = site([
      ...rows,
      row(page, 17, 'x'),
      row(page, 18, 'y', { teasers: [{ id: 1 }] }),
      fileRow(1, 'z'),
    ]);
    await pulled(taken);
    await begin(0);
    await pulled({ ...taken, entities: [...taken.entities, came] });
    await begin(1);
  });

  test('the error says how a new plan would be refused', async () => {
    const { pulled, begin } = await merging({
      ...{ maker, selection: { ...onlyOld, locales: ['en'] } },
      ...{ source: alone, standing },
    });
    await pulled(site([...rows, row(page, 18, 'old', { locale: 'tr' })]));
    await expect(begin(0)).rejects.toMatchObject({ details: { refusal: 'MERGE_SPLITS_DOCUMENTS' } });
  });

  test('edits of others are neither blamed on the merge nor kept from the comparison', async () => {
    const { target, pulled, begin } = await merging({ maker, selection: onlyOld, source: alone, standing });
    const edited = (at12: string, others = rows) =>
      others.map((one) => (one.id === 12 ? row(page, 12, 'next', { title: at12 }) : one));
    await pulled(site(edited('edited at the question')));
    await begin(0);
    const merged = [row(page, 41, 'old', { title: 'changed' }), ...rows.filter(({ id }) => id !== 11)];
    await pulled(site(edited('edited at the question', merged)));
    await target.verify();
    // The edit is undone.
    await pulled(site(merged));
    await expect(target.verify()).rejects.toMatchObject({ code: 'MERGE_DIFFERS', details: { count: 1 } });
  });
});

test('a file whose caption alone differs is planned to stay, since a Strapi takes no change of it', async () => {
  const { carried } = await merging({
    selection: onlyOld,
    source,
    standing: site([...rows, fileRow(17, 'fresh', { caption: 'theirs' })]),
  });
  expect(carried.plan.documents.find(({ documentId }) => documentId === 'fresh')).toMatchObject({
    ...{ verb: 'keep', because: 'unsent', rows: [{ verb: 'keep' }] },
  });
  expect(countsOf(carried.plan)).toMatchObject({ add: 0, replace: 1, files: 0 });
  expect(carried.phases).toBe(1);
});

test('a merge of such a file alone changes nothing', async () => {
  const { carried } = await merging({
    selection: { documents: [{ type: 'plugin::upload.file', documentId: 'fresh' }] },
    source,
    standing: site([...rows, fileRow(17, 'fresh', { caption: 'theirs' })]),
  });
  expect(carried.phases).toBe(0);
});
