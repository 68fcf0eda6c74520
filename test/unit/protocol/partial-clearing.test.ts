import { describe, expect, test } from 'vitest';
import { PartialClearing, unknownColumn } from '../../../src/protocol/partial-clearing.js';

const quiet = { assets: false, configuration: { coreStore: false, webhook: false } };
const article = 'api::article.article';

describe('a stock Strapi that keeps the rest is told to delete', () => {
  test('nothing, and what is told names no document', () => {
    const { clears, restore } = PartialClearing.nothing({ files: true });
    expect(clears).toBe(false);
    expect(restore).toEqual({ ...quiet, assets: true, entities: { include: ['plugin::upload.file'] } });
  });

  test('documents by their names, each named once, and no file', () => {
    const { clears, restore } = PartialClearing.documents([
      { type: article, documentId: 'a' },
      { type: 'api::author.author', documentId: 'b' },
      { type: article, documentId: 'a' },
    ]);
    expect(clears).toBe(true);
    expect(restore).toEqual({
      ...quiet,
      entities: {
        include: [article, 'api::author.author'],
        params: { where: { documentId: { $in: ['a', 'b'] } } },
      },
    });
  });

  test('rows by a column that no type has, to see whether it reads what it is told', () => {
    const where = { [unknownColumn]: { $in: [''] } };
    expect(PartialClearing.probe(article).restore).toEqual({
      ...quiet,
      entities: { include: [article], params: { where } },
    });
  });

  const refused: readonly (readonly [string, readonly { type: string; documentId: string }[], RegExp])[] = [
    ['no document at all', [], /no document of it is named/],
    ['a document without a name', [{ type: article, documentId: '' }], /has no documentId/],
    ['a component', [{ type: 'shared.seo', documentId: 'a' }], /shared\.seo: it is a component/],
    ['an admin’s type', [{ type: 'admin::user', documentId: 'a' }], /admin::user: it is never moved/],
    ['a release', [{ type: 'plugin::content-releases.release', documentId: 'a' }], /it is never moved/],
    ['an internal model', [{ type: 'strapi::core-store', documentId: 'a' }], /it is never moved/],
    ['a file', [{ type: 'plugin::upload.file', documentId: 'a' }], /files all at once, or none/],
    [
      'a component beside a document',
      [
        { type: article, documentId: 'a' },
        { type: 'shared.seo', documentId: 'a' },
      ],
      /it is a component/,
    ],
  ];
  test.each(refused)('never %s', (_, documents, words) => {
    expect(() => PartialClearing.documents(documents)).toThrow(words);
    const [first] = documents;
    if (documents.length === 1 && first?.documentId === 'a')
      expect(() => PartialClearing.probe(first.type)).toThrow(words);
  });

  test('nothing that is written by hand', () => {
    // @ts-expect-error: an empty `where` would delete the whole type, so nothing but the functions makes a clearing.
    const byHand: PartialClearing = { clears: true, restore: { ...quiet, entities: { include: [article] } } };
    expect(byHand).not.toBeInstanceOf(PartialClearing);
  });
});
