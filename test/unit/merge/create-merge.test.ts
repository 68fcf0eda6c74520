import { describe, expect, test } from 'vitest';
import { diffContent } from '../../../src/diff/diff-content.js';
import { createDirectorySource } from '../../../src/stores/directory/source.js';
import { createMemoryStore, type MemoryContent } from '../../../src/stores/memory.js';
import { createMerge, type MergeOptions } from '../../../src/transfer/merge/create-merge.js';
import {
  contentOf,
  type Model,
  mergedModel,
  modelOf,
  nameOf,
  plain,
  types,
} from '../../support/merge-model.js';
import { article, contentIn, file, model, row, tag } from '../../support/merge-sites.js';

type Options = Omit<MergeOptions, 'from' | 'to'>;

const of = (name: string) => {
  const at = name.lastIndexOf(':');
  return { type: name.slice(0, at), documentId: name.slice(at + 1) };
};

async function merge(source: Model | MemoryContent, standing: Model | MemoryContent, options: Options = {}) {
  const content = (one: Model | MemoryContent, first: number) =>
    'documents' in one ? contentOf(one, first) : one;
  const to = createMemoryStore(content(standing, 1));
  const running = createMerge({ from: createMemoryStore(content(source, 100)).source(), to, ...options });
  return { to, running, ...(await running.done) };
}

const plainOf = (to: { content(): MemoryContent }) => plain(modelOf(to.content()));
const later = '2026-09-01T00:00:00.000Z';
const verbs = ({
  documents,
}: {
  documents: readonly { verb: string; documentId: string; because?: string }[];
}) => documents.map(({ verb, documentId, because }) => [verb, documentId, because].filter(Boolean).join(' '));

const sea = [types.tag, 'x', { '/published': row('sea') }] as const;
const picture = [types.file, 'f', { '/published': row('bytes') }] as const;

test('adds a document with its picture, and touches nothing else', async () => {
  const post = [
    types.article,
    'a',
    { 'en/draft': row('new', { cover: file('f'), tags: [tag('x')] }) },
  ] as const;
  const stands = [types.article, 'c', { 'en/draft': row('stands', { tags: [tag('x')] }) }] as const;
  const ocean = [types.tag, 'x', { '/published': row('ocean') }] as const;
  const { to, counts } = await merge(
    model([post, [types.article, 'b', { 'en/draft': row('other') }], sea, picture]),
    model([stands, ocean]),
    { documents: [of(article('a'))] },
  );
  expect(counts).toEqual({ add: 2, replace: 0, keep: 0, deletedRows: 0, lostLinks: 0, files: 1 });
  expect(plainOf(to)).toEqual(plain(model([post, picture, stands, ocean])));
});

test('everything into nothing equals a replace', async () => {
  const site = model([
    [
      types.article,
      'a',
      { 'en/draft': row('a', { cover: file('f'), tags: [tag('x')], related: article('b') }) },
    ],
    [types.article, 'b', { 'en/draft': row('b', { slides: [{ caption: 'one', image: file('f') }] }) }],
    sea,
    picture,
  ]);
  const { to } = await merge(site, createMemoryStore().content());
  expect(plainOf(to)).toEqual(plain(site));
});

test('a merge of what stands there already changes nothing', async () => {
  const site = model([
    [types.article, 'a', { 'en/draft': row('a', { cover: file('f'), tags: [tag('x')] }) }],
    sea,
    picture,
  ]);
  const { plan, isUnchanged, running } = await merge(site, site);
  expect(isUnchanged).toBe(true);
  expect(verbs(plan)).toEqual(['keep a same', 'keep x same', 'keep f same']);
  expect(running.actor.getSnapshot().context.phases).toBe(0);
});

test('an export of a Strapi equals itself, and comes into nothing as it is', async () => {
  const from = () => createDirectorySource({ path: 'test/fixtures/sample-export' });
  const content = await contentIn(from());
  const { plan, isUnchanged } = await merge(content, content);
  expect([isUnchanged, plan.documents.length]).toEqual([true, 15]);
  const { to } = await merge(content, createMemoryStore().content());
  const diff = await diffContent(
    createMemoryStore(content).source(),
    createMemoryStore(to.content()).source(),
  );
  expect(diff.differences.filter(({ kind }) => !['configuration', 'schema'].includes(kind))).toEqual([]);
});

test('a document whose links alone differ is replaced', async () => {
  const { plan } = await merge(
    model([[types.article, 'a', { 'en/draft': row('a', { tags: [tag('x')] }) }], sea]),
    model([[types.article, 'a', { 'en/draft': row('a') }], sea]),
  );
  expect(verbs(plan)).toEqual(['replace a', 'keep x same']);
});

test('a document that comes without a link that stands is replaced', async () => {
  const tagged = [types.article, 'a', { 'en/draft': row('a', { tags: [tag('x')] }) }] as const;
  const { to, plan } = await merge(
    model([[types.article, 'a', { 'en/draft': row('a') }]]),
    model([tagged, sea]),
  );
  expect(verbs(plan)).toEqual(['replace a']);
  expect(to.content().links).toEqual([]);
});

describe('which documents come', () => {
  const source = model([
    [types.article, 'a', { 'en/draft': row('a', { related: article('b') }), 'tr/draft': row('a-tr') }],
    [types.article, 'b', { 'en/draft': row('b', { related: article('c'), updatedAt: later }) }],
    [types.article, 'c', { 'en/draft': row('c', { tags: [tag('x')] }) }],
    sea,
  ]);
  test.each<[string, Options, readonly string[]]>([
    ['no choice takes all', {}, ['a', 'b', 'c', 'x']],
    ['documents by name', { documents: [of(article('c')), of(tag('x'))] }, ['c', 'x']],
    ['one step of relations', { documents: [of(article('a'))], closure: 1 }, ['a', 'b']],
    ['three steps of relations', { documents: [of(article('a'))], closure: 3 }, ['a', 'b', 'c', 'x']],
    [
      'relations of chosen types',
      { documents: [of(article('a'))], closure: 3, excludeContentTypes: [types.tag] },
      ['a', 'b', 'c'],
    ],
    ['since a date', { since: '2026-08-01' }, ['b']],
    ['since a Date', { since: new Date(later) }, ['b']],
    ['a predicate', { where: ({ data }) => data['title'] === 'c' }, ['c']],
    ['only a type', { onlyContentTypes: [types.tag] }, ['x']],
    ['all but a type', { excludeContentTypes: [types.article] }, ['x']],
  ])('%s', async (_, options, names) => {
    const { plan } = await merge(source, createMemoryStore().content(), {
      ...options,
      allowMissingLinks: true,
    });
    expect(plan.documents.map(({ documentId }) => documentId)).toEqual(names);
  });

  test('rows of one locale, while those of others stay', async () => {
    const standing = model([
      [types.article, 'a', { 'en/draft': row('old'), 'en/published': row('gone'), 'tr/draft': row('kalır') }],
    ]);
    const { to, plan } = await merge(source, standing, {
      documents: [of(article('a'))],
      locales: ['en'],
      allowMissingLinks: true,
    });
    expect(plan.documents[0]?.rows.map(({ verb, locale, state }) => `${verb} ${locale} ${state}`)).toEqual([
      'replace en draft',
      'delete en published',
    ]);
    const stands = model([[types.article, 'a', { 'en/draft': row('a'), 'tr/draft': row('kalır') }]]);
    expect(plainOf(to)).toEqual(plain(stands));
  });

  test.each<[string, Options, string, RegExp]>([
    ['a document that is not there', { documents: [of(article('q'))] }, 'INVALID_OPTION', /no such document/],
    ['a date that is none', { since: 'yesterday' }, 'INVALID_OPTION', /must be a date/],
    ['half a step', { closure: 0.5 }, 'INVALID_OPTION', /whole number/],
    ['nothing that is so young', { since: '2030-01-01' }, 'NOTHING_SELECTED', /nothing was changed/],
  ])('%s is refused', async (_, options, code, words) => {
    await expect(merge(source, model([]), options)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(words),
    });
  });

  test('a row without documentId cannot be merged', async () => {
    const old = createMemoryStore({
      entities: [{ type: 'api::old.old', id: 1, data: { title: 'from 4' } }],
    }).content();
    await expect(merge(old, model([]))).rejects.toMatchObject({ code: 'NO_DOCUMENTS' });
  });
});

describe('a document that is newer at the destination', () => {
  const source = model([[types.article, 'a', { 'en/draft': row('ours') }]]);
  const standing = model([[types.article, 'a', { 'en/draft': row('theirs', { updatedAt: later }) }]]);
  test('refuses the merge, and names it', async () => {
    await expect(merge(source, standing)).rejects.toMatchObject({
      code: 'MERGE_CONFLICT',
      message: expect.stringContaining('- api::article.article:a "ours"'),
    });
  });
  test.each(['replace', 'keep'] as const)('is settled by %s', async (onConflict) => {
    const { to } = await merge(source, standing, { onConflict });
    expect(plainOf(to)).toEqual(plain(onConflict === 'keep' ? standing : source));
  });
});

test('only what the destination lacks comes with the strategy add', async () => {
  const { to, plan } = await merge(
    model([
      [types.article, 'a', { 'en/draft': row('changed', { updatedAt: later }) }],
      [types.article, 'b', { 'en/draft': row('new', { related: article('a') }) }],
    ]),
    model([[types.article, 'a', { 'en/draft': row('stands') }]]),
    { strategy: 'add' },
  );
  expect(verbs(plan)).toEqual(['keep a stands', 'add b']);
  const stands = [types.article, 'a', { 'en/draft': row('stands') }] as const;
  const added = [types.article, 'b', { 'en/draft': row('new', { related: article('a') }) }] as const;
  expect(plainOf(to)).toEqual(plain(model([stands, added])));
});

describe('links', () => {
  test('to documents that are nowhere are refused, or left out', async () => {
    const source = model([[types.article, 'a', { 'en/draft': row('a', { tags: [tag('x')] }) }], sea]);
    const options = { documents: [of(article('a'))] };
    await expect(merge(source, model([]), options)).rejects.toMatchObject({
      code: 'MISSING_LINKS',
      message: expect.stringContaining('- api::article.article:a "a" · tags leads to api::tag.tag:x "sea"'),
    });
    const { to, plan } = await merge(source, model([]), { ...options, allowMissingLinks: true });
    expect(plan.missing).toHaveLength(1);
    expect(plainOf(to)).toEqual(plain(model([[types.article, 'a', { 'en/draft': row('a') }]])));
  });

  test('of others to a row that the document comes without are removed, and counted', async () => {
    const { to, plan } = await merge(
      model([[types.article, 'a', { 'en/draft': row('a') }]]),
      model([
        [types.article, 'a', { 'en/draft': row('old'), 'tr/draft': row('eski') }],
        [types.article, 'b', { 'tr/draft': row('b', { related: article('a') }) }],
      ]),
    );
    expect(plan.lost).toEqual([
      { type: types.article, field: 'related', target: types.article, because: 'deleted', count: 1 },
    ]);
    const stays = [types.article, 'b', { 'tr/draft': row('b') }] as const;
    expect(plainOf(to)).toEqual(plain(model([[types.article, 'a', { 'en/draft': row('a') }], stays])));
  });

  test('that a target can have once only are taken from the one that has them', async () => {
    const page = (documentId: string, more = {}) =>
      [types.homepage, documentId, { '/published': row('home', more) }] as const;
    const standing = contentOf(model([page('old', { tags: [tag('x')] }), sea]), 1);
    const otherPage = { type: 'api::landing.landing', id: 9, data: { documentId: 'l', title: 'landing' } };
    const links = standing.links.map((link) => ({
      ...link,
      left: { ...link.left, type: otherPage.type, ref: 9 },
      right: { ...link.right, field: 'page' },
    }));
    const source = contentOf(model([page('new', { tags: [tag('x')] }), sea]), 50);
    const given = source.links.map((link) => ({
      ...link,
      left: { ...link.left, type: otherPage.type, ref: 8 },
      right: { ...link.right, field: 'page' },
    }));
    const { to, plan } = await merge(
      {
        ...source,
        entities: [...source.entities, { ...otherPage, id: 8, data: { ...otherPage.data, documentId: 'm' } }],
        links: given,
      },
      { ...standing, entities: [...standing.entities, otherPage], links },
      { documents: [{ type: otherPage.type, documentId: 'm' }] },
    );
    expect(plan.lost).toEqual([
      { type: otherPage.type, field: 'tags', target: types.tag, because: 'taken', count: 1 },
    ]);
    expect(to.content().links).toHaveLength(1);
  });

  test('of others keep their places among those that point to the same row', async () => {
    const titles = ['a', 'b', 'c'];
    const site = (text: string) =>
      model([
        ...titles.map(
          (name) =>
            [
              types.article,
              name,
              { 'en/draft': row(name === 'b' ? text : name, { tags: [tag('x')] }) },
            ] as const,
        ),
        sea,
      ]);
    const { to } = await merge(site('changed'), site('old'), { documents: [of(article('b'))] });
    const { links, entities } = to.content();
    const ordered = [...links].sort((one, other) => (one.right.pos ?? 0) - (other.right.pos ?? 0));
    const names = ordered.map(({ left }) =>
      entities.find(({ id, type }) => id === left.ref && type === types.article),
    );
    expect(names.map((entity) => entity?.data['documentId'])).toEqual(titles);
  });
});

describe('what names a document on every server', () => {
  const localeType = 'plugin::i18n.locale';
  const locale = (id: number, documentId: string, code: string, name: string) => ({
    type: localeType,
    id,
    data: { documentId, code, name },
  });
  const withLocale = (content: MemoryContent, one: ReturnType<typeof locale>): MemoryContent => ({
    ...content,
    entities: [...content.entities, one],
  });

  test('a single type: there is one of it', async () => {
    const { to, plan } = await merge(
      model([[types.homepage, 'theirs', { '/published': row('new') }]]),
      model([[types.homepage, 'ours', { '/published': row('old') }]]),
    );
    expect(plan.documents).toMatchObject([{ verb: 'replace', documentId: 'theirs', standsAs: 'ours' }]);
    expect(plainOf(to)).toEqual(plain(model([[types.homepage, 'ours', { '/published': row('new') }]])));
  });

  test('a locale: its code; it comes along with its rows, and changes none that stands', async () => {
    const source = withLocale(
      contentOf(model([[types.article, 'a', { 'tr/draft': row('a') }]]), 100),
      locale(5, 'p', 'tr', 'Turkish'),
    );
    const { to } = await merge(source, createMemoryStore().content(), { documents: [of(article('a'))] });
    expect(to.content().entities.filter(({ type }) => type === localeType)).toHaveLength(1);
    const standing = withLocale(contentOf(model([]), 1), locale(7, 'q', 'tr', 'Türkçe'));
    const there = await merge(source, standing, { documents: [of(article('a'))] });
    const locales = there.to.content().entities.filter(({ type }) => type === localeType);
    expect(locales.map(({ data }) => data['name'])).toEqual(['Türkçe']);
    expect(verbs(there.plan)).toEqual(['add a', 'keep p alongside']);
  });

  test('a file: its name and its hash, where its documentId is another', async () => {
    const post = (cover: string) => [types.article, 'a', { 'en/draft': row('a', { cover }) }] as const;
    const source = contentOf(model([post(file('f')), picture]), 100);
    const standing = contentOf(model([picture]), 1);
    const renamed = {
      ...standing,
      entities: standing.entities.map((one) => ({ ...one, data: { ...one.data, documentId: 'uploaded' } })),
    };
    const { to, plan } = await merge(source, renamed, { documents: [of(article('a'))] });
    expect(plan.documents).toMatchObject([
      { verb: 'add' },
      { verb: 'keep', standsAs: 'uploaded', because: 'same' },
    ]);
    expect(plan.files.count).toBe(0);
    const covered = modelOf(to.content()).documents.get(article('a'))?.rows.get('en/draft')?.cover;
    expect(covered).toBe(nameOf(types.file, 'uploaded'));
  });

  test('a file that stands under the name of another is refused', async () => {
    const standing = contentOf(model([picture]), 1);
    const other = {
      ...standing,
      entities: standing.entities.map((one) => ({
        ...one,
        data: { ...one.data, documentId: 'o', name: 'other.txt' },
      })),
    };
    await expect(merge(model([picture]), other)).rejects.toMatchObject({ code: 'MERGE_COLLISION' });
  });

  test('a file lies in the folder that it lay in, where that stands, else in none', async () => {
    const folderType = 'plugin::upload.folder';
    const source = contentOf(model([picture]), 100);
    const folder = (id: number, path: string) => ({
      type: folderType,
      id,
      data: { documentId: 'd', name: 'sea', path },
    });
    const inFolder = (content: MemoryContent, id: number, path: string): MemoryContent => ({
      ...content,
      entities: [...content.entities, folder(id, path)],
      links: content.entities.map(({ id: ref }) => ({
        kind: 'relation.basic',
        relation: 'manyToOne',
        left: { type: types.file, ref, field: 'folder' },
        right: { type: folderType, ref: id, field: 'files', pos: 1 },
      })),
    });
    const options = { documents: [of(file('f'))] };
    const there = await merge(
      inFolder(source, 3, '/1'),
      inFolder(contentOf(model([]), 1), 8, '/4/2'),
      options,
    );
    const fileThere = there.to.content().entities.find(({ type }) => type === types.file);
    expect(fileThere?.data['folderPath']).toBe('/4/2');
    expect(there.to.content().links.map(({ right }) => right.ref)).toEqual([8]);
    const nowhere = await merge(inFolder(source, 3, '/1'), model([]), options);
    expect(nowhere.to.content().entities.map(({ data }) => data['folderPath'])).toEqual(['/']);
    expect(nowhere.to.content().links).toEqual([]);
  });
});

test('a value that is unique and stands in another document is refused, and named', async () => {
  const unique = {
    [types.tag]: { uid: types.tag, attributes: { title: { type: 'string', unique: true } } },
  };
  const withSchemas = (documentId: string, first: number) => ({
    ...contentOf(model([[types.tag, documentId, { '/published': row('sea') }]]), first),
    schemas: unique,
  });
  await expect(merge(withSchemas('x', 100), withSchemas('y', 1))).rejects.toMatchObject({
    code: 'MERGE_COLLISION',
    message: expect.stringContaining('- title "sea" of api::tag.tag:x "sea" stands in y'),
  });
});

test('what the function where throws is told as its own fault', async () => {
  const own = new TypeError('row.data.tags is not iterable');
  const site = model([sea]);
  const running = createMerge({
    from: createMemoryStore(contentOf(site, 100)).source(),
    to: createMemoryStore(contentOf(site, 1)),
    where() {
      throw own;
    },
  });
  const error = await running.done.catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({
    code: 'INVALID_OPTION',
    message: expect.stringMatching(/where .* throws for a row of .*\(row\.data\.tags is not iterable\)/),
    cause: own,
  });
});

test('a server to pull from needs a token, which is found before anything has begun', () => {
  const to = createMemoryStore();
  expect(() => createMerge({ from: 'https://example.com/admin', to })).toThrow(
    expect.objectContaining({
      code: 'MISSING_TOKEN',
      details: expect.objectContaining({ option: 'fromToken' }),
    }),
  );
});

test('a dry run changes nothing', async () => {
  const standing = model([sea]);
  const { to, plan, isUnchanged } = await merge(model([picture]), standing, { dryRun: true });
  expect([isUnchanged, verbs(plan)]).toEqual([true, ['add f']]);
  expect(plainOf(to)).toEqual(plain(standing));
});

test('nothing is changed where the plan is not wanted', async () => {
  const standing = model([sea]);
  const to = createMemoryStore(contentOf(standing, 1));
  const from = createMemoryStore(contentOf(model([picture]), 100)).source();
  const { done } = createMerge({ from, to, confirm: ({ documents }) => documents.length > 1 });
  await expect(done).rejects.toMatchObject({ code: 'ABORTED' });
  expect(plainOf(to)).toEqual(plain(standing));
});

test('the settings and webhooks that stand stay', async () => {
  const configuration = [{ type: 'core-store' as const, value: { key: 'a', value: 'theirs' } }];
  const { to } = await merge(
    {
      ...contentOf(model([sea]), 100),
      configuration: [{ type: 'core-store', value: { key: 'a', value: 'ours' } }],
    },
    { ...contentOf(model([]), 1), configuration },
  );
  expect(to.content().configuration).toEqual(configuration);
});

test('the model of these tests merges as it says', () => {
  const merged = mergedModel(model([sea]), model([picture]), [file('f')]);
  expect(plain(merged)).toEqual(plain(model([sea, picture])));
});
