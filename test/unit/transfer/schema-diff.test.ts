import { expect, it } from 'vitest';
import {
  compareSchemas,
  describeDifferences,
  type SchemaDifference,
} from '../../../src/transfer/schema-diff.js';

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
      type: 'api::article.article',
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

it.each([
  'admin::user',
  'admin::workflow',
  'admin::ai-usage',
  'plugin::content-releases.release',
  'plugin::content-releases.release-action',
])('does not compare %s, of which nothing ever moves', (uid) => {
  const type = { uid, kind: 'collectionType', attributes: { name: { type: 'string' } } };
  expect(compareSchemas({ [uid]: type }, {})).toEqual([]);
  expect(compareSchemas({}, { [uid]: type })).toEqual([]);
  expect(compareSchemas({ [uid]: type }, { [uid]: { ...type, attributes: {} } })).toEqual([]);
});

const uid = 'api::article.article';
const difference = (path: string, kind: SchemaDifference['kind'], values: object = {}): SchemaDifference => ({
  type: uid,
  path: path === '' ? uid : `${uid}.${path}`,
  kind,
  ...values,
});
const title = { source: 'string', destination: 'text' };

/** What each kind of difference costs, the dearest first, and how it is told. */
const told: readonly [SchemaDifference, string][] = [
  [difference('', 'deleted'), `${uid} exists at the source only: its rows would not arrive`],
  [difference('', 'added'), `${uid} exists at the destination only: no rows would come for it`],
  [
    difference('attributes.mood', 'deleted'),
    `${uid}.attributes.mood exists at the source only: its values would not arrive`,
  ],
  [
    difference('attributes.mood', 'added'),
    `${uid}.attributes.mood exists at the destination only: no values would come for it`,
  ],
  [
    difference('attributes.title.maxLength', 'deleted', { source: 60 }),
    `${uid}.attributes.title.maxLength: 60 at the source, nothing at the destination`,
  ],
  [
    difference('attributes.title.type', 'modified', title),
    `${uid}.attributes.title.type: "string" at the source, "text" at the destination`,
  ],
  [
    difference('options.draftAndPublish', 'modified', { source: true, destination: false }),
    `${uid}.options.draftAndPublish: true at the source, false at the destination`,
  ],
];
const labels = ['info.displayName', 'collectionName', 'modelName', 'globalId', 'plugin', 'uid'].map((path) =>
  difference(path, 'modified', title),
);

it('tells first what can lose data, a line each, whatever order it came in', () => {
  const shuffled = [...labels, ...told.map(([each]) => each).reverse()];
  const [head, ...lines] = describeDifferences(shuffled).split('\n');
  expect(head).toBe('13 differences, of which 7 can lose data:');
  expect(lines.slice(0, 5)).toEqual(told.slice(0, 5).map(([, line]) => `- ${line}`));
  expect(lines.slice(5, 7).sort()).toEqual(
    told
      .slice(5)
      .map(([, line]) => `- ${line}`)
      .sort(),
  );
  expect(lines.slice(7)).toEqual(['- and 6 that lose nothing: `schemaDifferences` holds them all']);
});

it('tells labels where nothing else differs', () => {
  const [head, ...lines] = describeDifferences(labels.slice(0, 1)).split('\n');
  expect(head).toBe('1 difference, of which none can lose data:');
  expect(lines).toEqual([`- ${uid}.info.displayName: "string" at the source, "text" at the destination`]);
});

it('lists the first ones, counts the rest, and says what lists them all', () => {
  const many = Array.from({ length: 30 }, (_, index) => difference(`attributes.a${index}`, 'deleted'));
  const lines = describeDifferences([...many, ...labels], 25).split('\n');
  expect(lines).toHaveLength(27);
  expect(lines[0]).toBe('36 differences, of which 30 can lose data:');
  expect(lines[26]).toBe(
    '- and 5 more that can lose data, and 6 that lose nothing: `schemaDifferences` holds them all',
  );
  const long = difference('attributes.title.type', 'modified', {
    source: 'string',
    destination: 'x'.repeat(200),
  });
  expect(describeDifferences([long])).toMatch(/: "string" at the source, "x{56}… at the destination$/);
});
