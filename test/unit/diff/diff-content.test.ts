import { describe, expect, it } from 'vitest';
import { type DiffOptions, diffContent } from '../../../src/diff/diff-content.js';
import type { Link } from '../../../src/protocol/content.js';
import { createMemoryStore, type MemoryContent } from '../../../src/stores/memory.js';
import { schemas, site } from '../../support/site.js';

type Change = (content: MemoryContent) => Partial<MemoryContent>;

const compare = (left: Partial<MemoryContent>, right: Partial<MemoryContent>, options?: DiffOptions) =>
  diffContent(createMemoryStore(left).source(), createMemoryStore(right).source(), options);

/** The site on one side; on the other, under other ids, the site as `change` leaves it. */
async function seenAfter(change: Change) {
  const changed = site({ row: 500, component: 9000, setting: 70, pos: 4 });
  const { differences, total } = await compare(site(), { ...changed, ...change(changed) });
  expect(total).toBe(differences.length);
  // Types and titles have a test of their own.
  return differences.map(({ type: _, title: __, ...difference }) => difference);
}

/** The site with the data of one row changed. */
const withRow =
  (at: number, data: object): Change =>
  ({ entities }) => ({
    entities: entities.map((entity, n) =>
      n === at ? { ...entity, data: { ...entity.data, ...data } } : entity,
    ),
  });

const withLink =
  (at: number, change: (link: Link, all: readonly Link[]) => readonly Link[]): Change =>
  ({ links }) => ({ links: links.flatMap((link, n) => (n === at ? change(link, links) : [link])) });

const withSetting =
  (at: number, value: object): Change =>
  ({ configuration }) => ({
    configuration: configuration.map((row, n) =>
      n === at ? { ...row, value: { ...row.value, ...value } } : row,
    ),
  });

const withAsset =
  (change: Partial<MemoryContent['assets'][number]>): Change =>
  ({ assets }) => ({ assets: assets.map((asset, n) => (n === 0 ? { ...asset, ...change } : asset)) });

const without =
  (part: 'entities' | 'links' | 'assets' | 'configuration', at: number): Change =>
  (content) => ({ [part]: (content[part] as readonly unknown[]).filter((_, n) => n !== at) });

const first = 'api::article.article, first, en, draft';

describe('sees', () => {
  it('a row that is missing', async () => {
    const where = 'api::place.place, code pier';
    const unlinked = without('links', 5);
    const rows = without('entities', 7);
    const differences = await seenAfter((content) => ({ ...rows(content), ...unlinked(content) }));
    expect(differences).toMatchObject([
      { kind: 'entity', where, change: 'missing' },
      { kind: 'link', path: 'seo.canonical.place', left: where, change: 'missing' },
    ]);
  });

  it('a row too many, and a row that came twice', async () => {
    const extra = { type: 'api::tag.tag', id: 900, data: { documentId: 'new', name: 'new' } };
    expect(await seenAfter(({ entities }) => ({ entities: [...entities, extra] }))).toEqual([
      { kind: 'entity', where: 'api::tag.tag, new', change: 'extra' },
    ]);
    const twice = await seenAfter(({ entities }) => ({
      entities: entities.flatMap((entity, n) => (n === 5 ? [entity, { ...entity, id: 901 }] : [entity])),
    }));
    expect(twice).toEqual([{ kind: 'entity', where: 'api::tag.tag, land #2', change: 'extra' }]);
  });

  it.each([
    ['a field', withRow(0, { title: 'other' }), 'title', 'Vapur ⛴️', 'other'],
    ['null for a value', withRow(0, { title: null }), 'title', 'Vapur ⛴️', null],
    ['an id within json', withRow(0, { extra: { id: 8, list: [1, null] } }), 'extra.id', 7, 8],
    [
      'a field of a component in a component',
      withRow(0, { seo: { id: 1, description: 'd', canonical: { id: 2, href: '/b' } } }),
      'seo.canonical.href',
      '/a',
      '/b',
    ],
  ])('%s that changed', async (_, change, path, left, right) => {
    const differences = (await seenAfter(change)).filter(({ kind }) => kind === 'entity');
    expect(differences).toEqual([{ kind: 'entity', where: first, path, left, right, change: 'changed' }]);
  });

  it('a field that is missing or too many', async () => {
    expect(await seenAfter(withRow(4, { name: undefined }))).toEqual([
      { kind: 'entity', where: 'api::tag.tag, sea', path: 'name', left: 'sea', change: 'missing' },
    ]);
    expect(await seenAfter(withRow(4, { more: 1 }))).toEqual([
      { kind: 'entity', where: 'api::tag.tag, sea', path: 'more', right: 1, change: 'extra' },
    ]);
  });

  it('components in another order, one that is missing, and one of another type', async () => {
    const [one, two] = [
      { id: 9012, caption: 'one' },
      { id: 9013, caption: 'two' },
    ];
    const swapped = await seenAfter(withRow(0, { gallery: [two, one] }));
    expect(swapped).toMatchObject([
      { kind: 'entity', where: first, path: 'gallery.0.caption', left: 'one', right: 'two' },
      { kind: 'entity', where: first, path: 'gallery.1.caption', left: 'two', right: 'one' },
      // The link goes with its component.
      { kind: 'link', left: `${first} · gallery.0.image`, right: `${first} · gallery.1.image` },
    ]);
    expect(await seenAfter(withRow(0, { gallery: [one] }))).toEqual([
      { kind: 'entity', where: first, path: 'gallery.1', left: { caption: 'two' }, change: 'missing' },
    ]);
    const retyped = [
      { __component: 'shared.slide', id: 9014, caption: 'three' },
      { __component: 'shared.slide', id: 9015, description: 'e', canonical: null },
    ];
    expect(await seenAfter(withRow(0, { sections: retyped }))).toMatchObject([
      { path: 'sections.1.__component', left: 'shared.seo', right: 'shared.slide' },
    ]);
  });

  it('another locale and another publication state as another row', async () => {
    for (const data of [{ locale: 'tr' }, { publishedAt: '2026-01-01T00:00:00.000Z' }]) {
      const differences = (await seenAfter(withRow(3, data))).filter(({ kind }) => kind === 'entity');
      expect(differences.map(({ change }) => change).sort()).toEqual(['extra', 'missing']);
    }
  });

  it('a link that is missing, and one too many', async () => {
    const values = {
      kind: 'link',
      where: first,
      path: 'tags',
    };
    expect(await seenAfter(without('links', 1))).toEqual([
      { ...values, left: 'api::tag.tag, land · articles', change: 'missing' },
    ]);
    expect(await seenAfter(withLink(1, (link) => [link, link]))).toEqual([
      { ...values, right: 'api::tag.tag, land · articles', change: 'extra' },
    ]);
  });

  it('a relation that leads elsewhere, also that of a nested component', async () => {
    const retarget = (to: number) =>
      withLink(4, (link) => [{ ...link, right: { ...link.right, ref: to, pos: 99 } }]);
    const where = 'api::article.article, second, en, draft';
    const left = 'api::tag.tag, sea · articles';
    const right = 'api::tag.tag, land · articles';
    expect(await seenAfter(retarget(502))).toEqual([
      { kind: 'link', where, path: 'tags', left, right, change: 'changed' },
    ]);
    expect(
      await seenAfter(withLink(6, (link) => [{ ...link, right: { ...link.right, ref: 502 } }])),
    ).toMatchObject([{ kind: 'link', where: first, path: 'sections.0.line', change: 'changed' }]);
    expect(
      await seenAfter(withLink(7, (link) => [{ ...link, right: { ...link.right, ref: 'second' } }])),
    ).toMatchObject([{ path: 'localizations', right: 'api::article.article, second' }]);
  });

  it('a relation in another order, on the left and on the right', async () => {
    const moved = (at: number, side: 'left' | 'right', pos: number) =>
      withLink(at, (link) => [{ ...link, [side]: { ...link[side], pos } }]);
    const name = (tag: string) => `api::tag.tag, ${tag} · articles`;
    expect(await seenAfter(moved(0, 'left', 10))).toEqual([
      {
        kind: 'link',
        where: first,
        path: 'tags',
        left: ['sea', 'land', 'air'].map(name),
        right: ['land', 'sea', 'air'].map(name),
        change: 'changed',
      },
    ]);
    expect(await seenAfter(moved(4, 'right', 1))).toMatchObject([
      { kind: 'link', where: 'api::tag.tag, sea', path: 'articles', change: 'changed' },
    ]);
    // The draft and the published row share a place: to be one after the other is something else.
    expect(await seenAfter(moved(3, 'right', 6))).toMatchObject([
      { kind: 'link', where: 'api::tag.tag, sea', path: 'articles', change: 'changed' },
    ]);
  });

  it('an asset that is missing, its bytes, its size and its metadata', async () => {
    const where = 'pier_1.png';
    expect(await seenAfter(without('assets', 0))).toEqual([{ kind: 'asset', where, change: 'missing' }]);
    expect(await seenAfter(withAsset({ filename: 'new.png' }))).toEqual([
      { kind: 'asset', where: 'new.png', change: 'extra' },
      { kind: 'asset', where, change: 'missing' },
    ]);
    expect(await seenAfter(withAsset({ bytes: Uint8Array.of(1, 2, 4) }))).toMatchObject([
      { where, path: 'sha256' },
    ]);
    expect(await seenAfter(withAsset({ bytes: Uint8Array.of(1, 2) }))).toMatchObject([
      { path: 'sha256' },
      { path: 'size', left: 3, right: 2 },
    ]);
    expect(await seenAfter(withAsset({ metadata: { id: 4, name: 'other' } }))).toMatchObject([
      { kind: 'asset', where, path: 'metadata.name', left: 'pier.png', right: 'other' },
    ]);
  });

  it('a setting, a webhook, and one that is missing', async () => {
    expect(await seenAfter(withSetting(0, { value: { size: 20 } }))).toEqual([
      {
        kind: 'configuration',
        where: 'core-store views',
        path: 'value.size',
        left: 10,
        right: 20,
        change: 'changed',
      },
    ]);
    expect(await seenAfter(withSetting(3, { url: 'https://example.com/other' }))).toMatchObject([
      { kind: 'configuration', where: 'webhook deploy', path: 'url' },
    ]);
    expect(await seenAfter(without('configuration', 1))).toEqual([
      { kind: 'configuration', where: 'core-store views x', change: 'missing' },
    ]);
  });

  it('an attribute of a schema, a type that is missing, and no schemas at all', async () => {
    const { 'api::tag.tag': _, ...rest } = schemas;
    const tag = { uid: 'api::tag.tag', attributes: { name: { type: 'text' } } };
    expect(await seenAfter(() => ({ schemas: { ...schemas, 'api::tag.tag': tag } }))).toEqual([
      {
        kind: 'schema',
        where: 'api::tag.tag',
        path: 'attributes.name.type',
        left: 'string',
        right: 'text',
        change: 'changed',
      },
    ]);
    expect(await seenAfter(() => ({ schemas: rest }))).toEqual([
      { kind: 'schema', where: 'api::tag.tag', change: 'missing' },
    ]);
    expect(await seenAfter(() => ({ schemas: null }))).toEqual([
      { kind: 'schema', where: 'all schemas', change: 'missing' },
    ]);
  });
});

describe('does not see', () => {
  it('other ids, and other pos numbers in the same order', async () => {
    expect(await seenAfter(() => ({}))).toEqual([]);
  });

  it('another order of rows, links, settings and assets', async () => {
    const turned = await seenAfter((content) => ({
      entities: content.entities.toReversed(),
      links: content.links.toReversed(),
      configuration: content.configuration.toReversed(),
      assets: content.assets.toReversed(),
    }));
    expect(turned).toEqual([]);
  });

  it('a setting that is still the text of the table', async () => {
    expect(await seenAfter(withSetting(0, { value: '{"size":10}' }))).toEqual([]);
    expect(await seenAfter(withSetting(1, { value: '"en"' }))).toEqual([]);
  });

  it('types that are never transferred', async () => {
    const user = { type: 'admin::user', id: 1, data: { password: 'a hash' } };
    const link: Link = {
      kind: 'relation.basic',
      relation: 'oneToOne',
      left: { type: 'api::article.article', ref: 501, field: 'createdBy' },
      right: { type: 'admin::user', ref: 1 },
    };
    const added = await seenAfter(({ entities, links }) => ({
      entities: [user, ...entities],
      links: [...links, link],
    }));
    expect(added).toEqual([]);
  });

  it('what a server writes by itself, unless it is asked to', async () => {
    const other = site({ setting: 50 });
    expect((await compare(site(), other)).total).toBe(0);
    expect((await compare(site(), other, { volatile: [] })).differences).toMatchObject([
      { where: 'core-store plugin_upload_metrics', path: 'value.at' },
    ]);
  });
});

describe('the report', () => {
  it('calls rows by their titles, and counts by kind and type', async () => {
    const [left, right] = [site(), site({ row: 500 })];
    const renamed = withRow(0, { title: 'A'.repeat(50) })(right).entities ?? [];
    const { differences, counts } = await compare(left, { ...right, entities: renamed.slice(0, -1) });
    expect(differences[0]).toMatchObject({ change: 'missing', type: 'plugin::log.line' });
    expect(differences).toContainEqual(
      expect.objectContaining({ type: 'api::article.article', path: 'title', title: 'Vapur ⛴️' }),
    );
    expect(counts).toContainEqual({
      ...{ kind: 'entity', type: 'api::article.article' },
      ...{ missing: 0, extra: 0, changed: 1 },
    });
    expect(counts.reduce((sum, { missing, extra, changed }) => sum + missing + extra + changed, 0)).toBe(
      differences.length,
    );
  });

  it.each([
    ['title', { title: 'a', name: 'b', slug: 'c' }, 'a'],
    ['name', { title: ' ', name: 'b', slug: 'c' }, 'b'],
    ['slug', { slug: 'c', title: 7 }, 'c'],
    ['nothing', { other: 'd' }, undefined],
    ['what is kept of a long one', { title: 'a'.repeat(41) }, `${'a'.repeat(39)}…`],
  ])('takes for the title of a row its %s', async (_, data, title) => {
    const entities = [{ type: 'api::tag.tag', id: 1, data: { documentId: 'x', ...data } }];
    const { differences } = await compare({ entities }, {});
    expect(differences.map((one) => one.title)).toEqual([title]);
  });

  it('tells no more than the limit, and counts the rest', async () => {
    const all = {
      entities: site().entities.map((entity) => ({ ...entity, data: { ...entity.data, more: 1 } })),
    };
    const limited = await compare(site(), { ...site(), ...all }, { limit: 3 });
    expect(limited.differences).toHaveLength(3);
    expect(limited.total).toBeGreaterThan(8);
    expect((await compare(site(), {}, { limit: 0 })).differences).toEqual([]);
    await expect(compare(site(), {}, { limit: -1 })).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  });

  it('closes both sources, also when one cannot be read', async () => {
    const closed: string[] = [];
    const source = (name: string) => {
      const inner = createMemoryStore(site()).source();
      return {
        ...inner,
        close: async () => {
          closed.push(name);
          await inner.close();
        },
      };
    };
    await diffContent(source('a'), source('b'));
    expect(closed).toEqual(['a', 'b']);
    const broken = {
      ...source('c'),
      open: async () => {
        throw new Error('no');
      },
    };
    await expect(diffContent(source('d'), broken)).rejects.toThrow('no');
    expect(closed).toEqual(['a', 'b', 'd', 'c']);
  });
});
