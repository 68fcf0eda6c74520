import fc from 'fast-check';
import { type Model, type ModelDocument, type ModelRow, nameOf, types } from '../../support/merge-model.js';

const articleNames = ['a', 'b', 'c', 'd'];
const tagNames = ['x', 'y', 'z'];
const fileNames = ['f', 'g'];
const time = fc.constantFrom('2026-01-01T00:00:00.000Z', '2026-06-01T00:00:00.000Z');
const tags = fc.subarray(tagNames.map((name) => nameOf(types.tag, name)));
const file = fc.option(
  fc.constantFrom(...fileNames).map((name) => nameOf(types.file, name)),
  { nil: undefined },
);
const slide = fc
  .record({ caption: fc.string({ maxLength: 2 }), image: file })
  .map(({ caption, image }) => ({ caption, ...(image === undefined ? {} : { image }) }));

const bare = (title: string): ModelRow => ({
  title,
  updatedAt: '2026-01-01T00:00:00.000Z',
  slides: [],
  tags: [],
});

const articleRow = fc
  .record({
    title: fc.string({ maxLength: 3 }),
    updatedAt: time,
    slides: fc.array(slide, { maxLength: 2 }),
    tags: fc.shuffledSubarray(tagNames.map((name) => nameOf(types.tag, name))),
    related: fc.option(
      fc.constantFrom(...articleNames).map((name) => nameOf(types.article, name)),
      { nil: undefined },
    ),
    cover: file,
  })
  .map(
    ({ related, cover, ...row }): ModelRow => ({
      ...row,
      ...(related === undefined ? {} : { related }),
      ...(cover === undefined ? {} : { cover }),
    }),
  );

const places = fc.subarray(['en/draft', 'en/published', 'tr/draft', 'tr/published'], { minLength: 1 });

const articles = fc
  .subarray(articleNames)
  .chain((names) =>
    fc.tuple(
      ...names.map((name) =>
        places
          .chain((list) => fc.tuple(...list.map((place) => fc.tuple(fc.constant(place), articleRow))))
          .map((rows): ModelDocument => ({ type: types.article, documentId: name, rows: new Map(rows) })),
      ),
    ),
  );

const titled = (type: string, names: readonly string[]) =>
  fc.subarray([...names]).chain((list) =>
    fc.tuple(
      ...list.map((name) =>
        fc.string({ maxLength: 3 }).map(
          (title): ModelDocument => ({
            type,
            documentId: name,
            rows: new Map([['/published', bare(title)]]),
          }),
        ),
      ),
    ),
  );

/** A single type: each server has named its document itself. */
const homepage = (documentId: string) =>
  fc.option(
    fc.record({ title: fc.string({ maxLength: 3 }), tags }).map(
      ({ title, tags: held }): ModelDocument => ({
        type: types.homepage,
        documentId,
        rows: new Map([['/published', { ...bare(title), tags: held }]]),
      }),
    ),
    { nil: undefined },
  );

/** A site whose links all lead to something that stands. */
export function site(home: string): fc.Arbitrary<Model> {
  return fc
    .tuple(articles, titled(types.tag, tagNames), titled(types.file, fileNames), homepage(home))
    .map(([some, tagged, files, page]) => {
      const all = [...some, ...tagged, ...files, ...(page === undefined ? [] : [page])];
      const documents = new Map(all.map((one) => [nameOf(one.type, one.documentId), one]));
      const has = (name: string | undefined, place = '/published') =>
        name !== undefined && documents.get(name)?.rows.has(place) === true;
      for (const [name, document] of documents) {
        const rows = [...document.rows].map(([place, row]): [string, ModelRow] => {
          const { related, cover, ...rest } = row;
          return [
            place,
            {
              ...rest,
              tags: row.tags.filter((tag) => has(tag)),
              slides: row.slides.map(({ caption, image }) =>
                image !== undefined && has(image) ? { caption, image } : { caption },
              ),
              ...(related !== undefined && has(related, place) ? { related } : {}),
              ...(cover !== undefined && has(cover) ? { cover } : {}),
            },
          ];
        });
        documents.set(name, { ...document, rows: new Map(rows) });
      }
      return { documents };
    });
}
