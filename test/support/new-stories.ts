import { attributesOf } from '../../src/protocol/components.js';
import type { Entity, Link, Metadata, Schemas } from '../../src/protocol/content.js';
import type { MemoryContent } from '../../src/stores/memory.js';

export const [article, category] = ['api::article.article', 'api::category.category'];
const [file, author, locale] = ['plugin::upload.file', 'api::author.author', 'plugin::i18n.locale'];
const stamp = '2026-11-29T10:00:00.000Z';

export const oldName = (prefix: string, n: number) => `${prefix}${String(n).padStart(16, '0')}`;
/** Of the bulk seed; they stand. */
export const [oldArticle, oldCategory] = [oldName('earticle', 0), oldName('category', 0)];
export const articles = ['frontpagefrontpagefront1', 'harbournewsharbournews01', oldArticle];
export const newCategory = 'categorycategorynewnew01';
export const locales = ['en', 'tr'];

const link = (relation: string, left: Link['left'], right: Link['right']): Link => ({
  kind: 'relation.basic',
  ...{ relation, left, right },
});

/** What a source says of a site. */
interface Site {
  readonly metadata: Metadata | null;
  readonly schemas: Schemas | null;
}

/** A picture of one dot. */
const dot = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

/** Three articles in two languages, as drafts and published, each with a picture; a new category, and one that is renamed. */
export function storiesFor({ metadata, schemas }: Site): MemoryContent {
  /** A row has all of its fields. */
  const blank = (uid: string) =>
    Object.fromEntries(
      attributesOf(schemas ?? {}, uid)
        .filter(([, { type }]) => type !== 'relation' && type !== 'media')
        .map(([name]) => [name, null]),
    );
  const row = (type: string, id: number, documentId: string, data: object): Entity => {
    const dates = { createdAt: stamp, updatedAt: stamp, publishedAt: stamp };
    return { type, id, data: { ...blank(type), ...dates, documentId, ...data } };
  };
  const pictures = articles.map((_, n) => Buffer.concat([dot, Buffer.alloc(n)]));
  const rows = articles.flatMap((documentId, n) =>
    locales.flatMap((code, l) =>
      [null, stamp].map((publishedAt, state) =>
        row(article, 100 + n * 4 + l * 2 + state, documentId, {
          ...{ title: `Story ${n} in ${code}`, slug: `story-${n}-${code}`, body: 'Read on.', rating: n },
          ...{ locale: code, publishedAt, extra: { n }, gallery: [], sections: [] },
          sponsored: false,
          seo: { ...blank('shared.seo'), id: 300 + n * 4 + l * 2 + state, description: `On story ${n}` },
        }),
      ),
    ),
  );
  const categories = [
    row(category, 1, oldCategory, { name: 'Renamed', locale: 'en' }),
    row(category, 2, newCategory, { name: 'New', locale: 'en' }),
    row(category, 3, newCategory, { name: 'Yeni', locale: 'tr' }),
  ];
  const topics = { en: [1, 2], tr: [3] };
  const links = rows.flatMap(({ id, data }) => [
    link(
      'manyToOne',
      { type: article, ref: id, field: 'author' },
      { type: author, ref: 1, field: 'articles', pos: 1 },
    ),
    ...topics[data['locale'] as 'en' | 'tr'].map((ref, at) =>
      link(
        'manyToMany',
        { type: article, ref: id, field: 'categories', pos: at + 1 },
        { type: category, ref, field: 'articles', pos: 1 },
      ),
    ),
    {
      ...{ kind: 'relation.morph', relation: 'morphToMany' },
      left: { type: file, ref: 1 + articles.indexOf(String(data['documentId'])), field: 'related' },
      right: { type: article, ref: id, field: 'cover', pos: 1 },
    },
  ]);
  const fileOf = (n: number) => ({
    ...{ name: `cover-${n}.png`, hash: `cover_${n}`, ext: '.png', mime: 'image/png' },
    ...{ size: (pictures[n]?.length ?? 0) / 1000, url: `/uploads/cover_${n}.png`, provider: 'local' },
    ...{ folderPath: '/', formats: null, width: 1, height: 1 },
  });
  return {
    ...{ metadata, schemas, configuration: [], links },
    entities: [
      row(locale, 2, 'turkishturkishturkish001', {
        ...{ name: 'Turkish (tr)', code: 'tr' },
      }),
      // It stands: what leads to it is linked again.
      row(author, 1, oldName('orauthor', 0), { name: 'Author 0' }),
      ...pictures.map((_, n) => row(file, 1 + n, `picturepicturepicture00${n}`, fileOf(n))),
      ...[...categories, ...rows],
    ],
    assets: pictures.map((bytes, n) => ({
      filename: `cover_${n}.png`,
      metadata: { id: 1 + n, ...fileOf(n) },
      bytes,
    })),
  };
}
