import { expect, test } from 'vitest';
import { createMemoryStore, type MemoryStore } from '../../../src/stores/memory.js';
import { applyChangeset } from '../../../src/transfer/merge/apply-changeset.js';
import { createMerge } from '../../../src/transfer/merge/create-merge.js';
import { contentOf, type ModelRow, modelOf, nameOf, plain, types } from '../../support/merge-model.js';

const row = (title: string, more: Partial<ModelRow> = {}): ModelRow => ({
  ...{ title, updatedAt: '2026-01-01T00:00:00.000Z', slides: [], tags: [] },
  ...more,
});
const document = (type: string, documentId: string, rows: Readonly<Record<string, ModelRow>>) =>
  [nameOf(type, documentId), { type, documentId, rows: new Map(Object.entries(rows)) }] as const;
const storeOf = (first: number, ...documents: readonly ReturnType<typeof document>[]) =>
  createMemoryStore(contentOf({ documents: new Map(documents) }, first));

const x = nameOf(types.tag, 'x');
const file = nameOf(types.file, 'f');
const source = () =>
  storeOf(
    100,
    document(types.article, 'a', { 'en/draft': row('new a', { cover: file, tags: [x] }) }),
    document(types.article, 'b', { 'en/draft': row('new b', { slides: [{ caption: 'one', image: file }] }) }),
    document(types.tag, 'x', { '/published': row('sea') }),
    document(types.file, 'f', { '/published': row('bytes') }),
  );
const standing = (title = 'old a') =>
  storeOf(
    1,
    document(types.article, 'a', { 'en/draft': row(title) }),
    document(types.article, 'c', { 'en/draft': row('stands', { related: nameOf(types.article, 'a') }) }),
    document(types.tag, 'x', { '/published': row('ocean') }),
  );
const options = { onlyContentTypes: [types.article, types.file], onConflict: 'replace' } as const;

async function changesetFor(to: MemoryStore): Promise<MemoryStore> {
  const changeset = createMemoryStore();
  const { isUnchanged } = await createMerge({
    ...{ ...options, from: source().source(), to },
    changeset: changeset.destination(),
  }).done;
  expect(isUnchanged).toBe(true);
  return changeset;
}

test('a changeset does what the merge does, and making it changes nothing', async () => {
  const [to, merged] = [standing(), standing()];
  const before = plain(modelOf(to.content()));
  const changeset = await changesetFor(to);
  expect(plain(modelOf(to.content()))).toEqual(before);
  const { plan } = await createMerge({ ...options, from: source().source(), to: merged }).done;
  const applied = await applyChangeset({ from: changeset.source(), to }).done;
  expect(applied.plan).toEqual(plan);
  expect(plain(modelOf(to.content()))).toEqual(plain(modelOf(merged.content())));
});

test('a changeset is refused where the destination has changed, before anything is asked', async () => {
  const changeset = await changesetFor(standing());
  const to = standing('edited since');
  const before = plain(modelOf(to.content()));
  const asked: unknown[] = [];
  const confirm = (plan: unknown) => asked.push(plan) > 0;
  await expect(applyChangeset({ from: changeset.source(), to, confirm }).done).rejects.toMatchObject({
    code: 'DESTINATION_CHANGED',
  });
  expect(asked).toEqual([]);
  expect(plain(modelOf(to.content()))).toEqual(before);
});

test('a changeset is refused where a document that it replaces was published since', async () => {
  const changeset = await changesetFor(standing());
  const content = standing().content();
  const draft = content.entities.find(
    ({ type, data }) => type === types.article && data['documentId'] === 'a',
  );
  const published = {
    ...{ type: types.article, id: 999 },
    data: { ...draft?.data, publishedAt: '2026-11-30T08:00:00.000Z' },
  };
  const to = createMemoryStore({ ...content, entities: [...content.entities, published] });
  await expect(applyChangeset({ from: changeset.source(), to }).done).rejects.toMatchObject({
    code: 'DESTINATION_CHANGED',
  });
});

test('what was applied once is refused the second time', async () => {
  const to = standing();
  const changeset = await changesetFor(to);
  await applyChangeset({ from: changeset.source(), to }).done;
  await expect(applyChangeset({ from: changeset.source(), to }).done).rejects.toMatchObject({
    code: 'DESTINATION_CHANGED',
  });
});

test('an export that holds no changeset is not applied', async () => {
  await expect(applyChangeset({ from: source().source(), to: standing() }).done).rejects.toMatchObject({
    code: 'NO_CHANGESET',
  });
});

test('an abort while the changeset is being opened closes it', async () => {
  const changeset = (await changesetFor(standing())).source();
  let [isOpen, letOpen] = [false, () => {}];
  let begun = () => {};
  const opening = new Promise<void>((resolve) => {
    letOpen = resolve;
  });
  const hasBegun = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const from = {
    ...changeset,
    async open() {
      begun();
      await opening;
      isOpen = true;
    },
    async close() {
      isOpen = false;
    },
  };
  const applying = applyChangeset({ from, to: standing() });
  await hasBegun;
  applying.abort('the test');
  await expect(applying.done).rejects.toMatchObject({ code: 'ABORTED' });
  letOpen();
  await new Promise(setImmediate);
  expect(isOpen).toBe(false);
});

test('a refusal at the question changes nothing', async () => {
  const to = standing();
  const before = plain(modelOf(to.content()));
  const changeset = await changesetFor(to);
  const applying = applyChangeset({ from: changeset.source(), to, confirm: () => false });
  await expect(applying.done).rejects.toMatchObject({ code: 'ABORTED' });
  expect(plain(modelOf(to.content()))).toEqual(before);
});

test.each([
  ['from', { from: 'https://a.example/admin', to: standing() }],
  ['closure', { from: source().source(), to: standing(), closure: -1 }],
  ['since', { from: source().source(), to: standing(), since: 'yesterday' }],
])('a wrong %s is refused before anything has begun', (option, given) => {
  const begin = () => (option === 'from' ? applyChangeset(given) : createMerge(given));
  expect(begin).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }));
});
