import { expect, it } from 'vitest';
import { compareSchemas, describeDifferences } from '../../../src/transfer/schema-diff.js';

const article = {
  uid: 'api::article.article',
  kind: 'collectionType',
  info: { displayName: 'Article' },
  attributes: { title: { type: 'string', required: true }, tags: { type: 'enumeration', enum: ['a', 'b'] } },
};
const schemas = (change: object = {}) => ({ 'api::article.article': { ...article, ...change } });

it('finds nothing where schemas are equal, or differ in keys that are not compared', () => {
  expect(compareSchemas(schemas(), schemas())).toEqual([]);
  expect(compareSchemas(schemas({ __filename__: 'x' }), schemas())).toEqual([]);
});

it.each([
  ['private', true],
  ['required', false],
  ['configurable', false],
  ['default', 'x'],
])('lets %s of an attribute differ, as Strapi’s strict strategy does', (setting, value) => {
  const title = { ...article.attributes.title, [setting]: value };
  const changed = schemas({ attributes: { ...article.attributes, title } });
  expect(compareSchemas(schemas(), changed)).toEqual([]);
});

it('names the path of a value that differs', () => {
  const changed = schemas({ attributes: { ...article.attributes, title: { type: 'text', required: true } } });
  expect(compareSchemas(schemas(), changed)).toEqual([
    {
      path: 'api::article.article.attributes.title.type',
      kind: 'modified',
      source: 'string',
      destination: 'text',
    },
  ]);
});

it('tells apart what is missing at the source from what is missing at the destination', () => {
  const fewer = schemas({ attributes: { title: article.attributes.title } });
  expect(compareSchemas(schemas(), fewer)).toMatchObject([
    { path: 'api::article.article.attributes.tags', kind: 'deleted' },
  ]);
  expect(compareSchemas(fewer, schemas())).toMatchObject([
    { path: 'api::article.article.attributes.tags', kind: 'added' },
  ]);
  expect(compareSchemas(schemas(), {})).toMatchObject([{ path: 'api::article.article', kind: 'deleted' }]);
});

it('compares arrays by position', () => {
  const tags = { type: 'enumeration', enum: ['b', 'a'] };
  const changed = schemas({ attributes: { ...article.attributes, tags } });
  expect(compareSchemas(schemas(), changed).map(({ path }) => path)).toEqual([
    'api::article.article.attributes.tags.enum.0',
    'api::article.article.attributes.tags.enum.1',
  ]);
});

it('lets audit logs differ', () => {
  const log = { uid: 'admin::audit-log', info: { singularName: 'audit-log' } };
  expect(compareSchemas({ 'admin::audit-log': log }, {})).toEqual([]);
});

it('lists the first differences, a line each, and counts the rest', () => {
  const many = Array.from({ length: 30 }, (_, index) => ({ path: `p${index}`, kind: 'added' as const }));
  const lines = describeDifferences(many, 25).split('\n');
  expect(lines).toHaveLength(26);
  expect(lines[0]).toBe('- p0 exists at the destination only');
  expect(lines[25]).toBe('- and 5 more');
  const modified = { path: 'p', kind: 'modified' as const, source: 'string', destination: 'x'.repeat(200) };
  expect(describeDifferences([modified])).toMatch(
    /^- p: "string" at the source, "x{56}… at the destination$/,
  );
});
