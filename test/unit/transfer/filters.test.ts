import { describe, expect, it } from 'vitest';
import type { Entity, Link } from '../../../src/protocol/content.js';
import { createFilters, uploadTypes } from '../../../src/transfer/filters.js';

const entity = (type: string): Entity => ({ type, id: 1, data: {} });
const link = (left: string, right: string): Link => ({
  kind: 'relation.basic',
  relation: 'oneToOne',
  left: { type: left, ref: 1 },
  right: { type: right, ref: 1 },
});

it.each([
  [{}, ['entities', 'assets', 'links', 'configuration']],
  [{ only: ['content'] }, ['entities', 'links']],
  [{ only: ['files'] }, ['assets']],
  [{ only: ['config'] }, ['configuration']],
  [{ only: ['content', 'files'] }, ['entities', 'assets', 'links']],
  [{ exclude: ['files'] }, ['entities', 'links', 'configuration']],
  [{ exclude: ['content', 'config'] }, ['assets']],
  [{ only: ['content', 'files'], exclude: ['config'] }, ['entities', 'assets', 'links']],
] as const)('%j moves %j', (options, steps) => {
  expect(createFilters(options).steps).toEqual(steps);
});

it.each([
  [{ only: ['content'], exclude: ['content'] }, 'INVALID_OPTION'],
  [{ onlyContentTypes: ['api::a.a'], excludeContentTypes: ['api::a.a'] }, 'INVALID_OPTION'],
  [{ only: ['media' as 'files'] }, 'INVALID_OPTION'],
] as const)('refuses %j', (options, code) => {
  expect(() => createFilters(options)).toThrow(expect.objectContaining({ code }));
});

it('drops types that may not be transferred, whatever is asked for, and says so apart from what was left out', () => {
  const filters = createFilters({ onlyContentTypes: ['admin::user', 'api::a.a'] });
  expect(filters.verdictOf('entities', entity('admin::user'))).toBe('dropped');
  expect(filters.verdictOf('entities', entity('plugin::content-releases.release'))).toBe('dropped');
  expect(filters.verdictOf('entities', entity('plugin::content-releases.release-action'))).toBe('dropped');
  expect(filters.verdictOf('entities', entity('api::a.a'))).toBe('kept');
  expect(filters.verdictOf('entities', entity('api::b.b'))).toBe('excluded');
});

it('keeps a link only where both its ends are kept', () => {
  const filters = createFilters({ excludeContentTypes: ['api::b.b'] });
  expect(filters.verdictOf('links', link('api::a.a', 'api::c.c'))).toBe('kept');
  expect(filters.verdictOf('links', link('api::a.a', 'api::b.b'))).toBe('excluded');
  expect(filters.verdictOf('links', link('api::b.b', 'api::a.a'))).toBe('excluded');
  expect(filters.verdictOf('links', link('admin::user', 'api::b.b'))).toBe('dropped');
});

it('tells a Strapi to clear only what will come', () => {
  expect(createFilters().restore).toEqual({
    assets: true,
    configuration: { coreStore: true, webhook: true },
    entities: {},
  });
  expect(createFilters({ only: ['files'] }).restore).toEqual({
    assets: true,
    configuration: { coreStore: false, webhook: false },
    entities: { include: [] },
  });
  const some = createFilters({ exclude: ['files'], onlyContentTypes: ['api::a.a'] }).restore;
  expect(some.assets).toBe(false);
  expect(some.entities).toEqual({ include: ['api::a.a'] });
  expect(createFilters({ excludeContentTypes: ['api::b.b'] }).restore.entities).toEqual({
    exclude: ['api::b.b'],
  });
});

it('takes no name that every object answers to for a type of the source', () => {
  expect(() => createFilters({ onlyContentTypes: ['constructor'] }).checkTypes({})).toThrow(
    expect.objectContaining({ code: 'INVALID_OPTION' }),
  );
});

describe('the media library', () => {
  const all = ['entities', 'assets', 'links', 'configuration'];
  const withoutFiles = ['entities', 'links', 'configuration'];
  it.each([
    [{ onlyContentTypes: ['api::a.a'] }, withoutFiles],
    [{ excludeContentTypes: [...uploadTypes] }, withoutFiles],
    [{ excludeContentTypes: ['plugin::upload.folder'] }, all],
    [{ onlyContentTypes: ['api::a.a', 'plugin::upload.file'] }, all],
    [
      { onlyContentTypes: ['api::a.a'], only: ['content', 'files'] as const },
      ['entities', 'assets', 'links'],
    ],
    [{ onlyContentTypes: ['api::a.a'], exclude: ['content'] as const }, ['assets', 'configuration']],
  ])('brings its files with %j where their rows come, or they were asked for', (options, steps) => {
    expect(createFilters(options).steps).toEqual(steps);
  });
});

describe('types that the source does not have', () => {
  const known = { 'api::a.a': {} };
  it.each(['onlyContentTypes', 'excludeContentTypes'] as const)('are refused in %s', (option) => {
    const filters = createFilters({ [option]: ['api::a.a', 'api::typo.typo'] });
    expect(() => filters.checkTypes(known)).toThrow(/api::typo\.typo: the source has no such type/);
    expect(() => filters.checkTypes({ ...known, 'api::typo.typo': {} })).not.toThrow();
  });

  it('are none of the media library: an old source may lack them', () => {
    expect(() => createFilters({ excludeContentTypes: [...uploadTypes] }).checkTypes(known)).not.toThrow();
  });
});
