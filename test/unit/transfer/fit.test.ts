import { expect, it } from 'vitest';
import type { Link } from '../../../src/protocol/content.js';
import { createFit } from '../../../src/transfer/fit.js';

const schemas = (types: Readonly<Record<string, readonly string[]>>) =>
  Object.fromEntries(
    Object.entries(types).map(([uid, names]) => [
      uid,
      { uid, attributes: Object.fromEntries(names.map((name) => [name, {}])) },
    ]),
  );
const entity = (type: string, data: Record<string, unknown> = {}) => ({ type, id: 1, data });
const link = (left: string, right: string): Link => ({
  kind: 'relation.basic',
  relation: 'manyToOne',
  left: { type: left, ref: 1, field: 'x' },
  right: { type: right, ref: 1 },
});

it('cuts an entity to the attributes that the destination has, and keeps its documentId', () => {
  const fit = createFit({}, schemas({ 'api::a.a': ['title'] }));
  const data = { documentId: 'd', title: 't', gone: 1 };
  expect(fit.fitted('entities', entity('api::a.a', data))?.data).toEqual({ documentId: 'd', title: 't' });
});

it('takes no name that every object answers to for one of the destination’s', () => {
  const fit = createFit({}, schemas({ 'api::a.a': [] }));
  expect(fit.fitted('entities', entity('constructor'))).toBeNull();
  expect(fit.fitted('entities', entity('api::a.a', { toString: 1 }))?.data).toEqual({});
});

it('leaves configuration as it is', () => {
  const row = { type: 'core-store' as const, value: { key: 'k', value: '"v"' } };
  expect(createFit({}, {}).fitted('configuration', row as never)).toBe(row);
});

it('counts by type what the destination lacks: entities, links, and entities that lose a value', () => {
  const fit = createFit(
    schemas({ 'api::a.a': ['title', 'gone'], 'api::b.b': [], 'api::c.c': [] }),
    schemas({ 'api::a.a': ['title'], 'api::c.c': [] }),
  );
  for (const row of [
    entity('api::b.b'),
    entity('api::b.b'),
    entity('api::a.a', { title: 't', gone: 1 }),
    // Neither of these had anything there that could be lost.
    entity('api::a.a', { title: 't', gone: null }),
    entity('api::a.a', { title: 't', id: 4 }),
    entity('api::c.c'),
    entity('api::d.d'),
    entity('__proto__'),
  ]) {
    fit.fitted('entities', row);
  }
  for (const row of [
    link('api::a.a', 'api::b.b'),
    link('api::b.b', 'api::a.a'),
    link('api::a.a', 'api::c.c'),
  ])
    fit.fitted('links', row);
  expect(fit.losses()).toEqual([
    { type: 'api::a.a', entities: 0, links: 0, cut: 1 },
    { type: 'api::b.b', entities: 2, links: 2, cut: 0 },
    { type: 'other', entities: 2, links: 0, cut: 0 },
  ]);
});

it('has lost nothing where everything fits', () => {
  const same = schemas({ 'api::a.a': ['title'] });
  const fit = createFit(same, same);
  fit.fitted('entities', entity('api::a.a', { title: 't' }));
  fit.fitted('links', link('api::a.a', 'api::a.a'));
  expect(fit.losses()).toEqual([]);
});
