import { describe, expect, test } from 'vitest';
import { isCleared, restoreFor } from '../../../src/protocol/clearing.js';
import type { RestoreOptions } from '../../../src/protocol/messages.js';

const wish = (entities: RestoreOptions['entities'] = {}): RestoreOptions => ({
  assets: true,
  configuration: { coreStore: true, webhook: true },
  entities,
});
const known = ['api::a.a', 'api::b.b', 'plugin::upload.file', 'admin::user', 'shared.seo'];
const internal = [
  'strapi::core-store',
  'strapi::webhook',
  'plugin::content-manager.history-version',
  'plugin::i18n.ai-localization-job',
  'plugin::upload.ai-metadata-job',
];

describe('a server is told to delete', () => {
  test.each([
    ['every type that comes', {}, ['api::a.a', 'api::b.b', 'plugin::upload.file']],
    ['the types that are named', { include: ['api::a.a'] }, ['api::a.a']],
    ['nothing where no rows come', { include: [] }, []],
    ['no type that is left out', { exclude: ['api::b.b'] }, ['api::a.a', 'plugin::upload.file']],
    ['no type that is never moved', { include: ['admin::user', 'api::a.a'] }, ['api::a.a']],
    ['no component by itself', { include: ['shared.seo', 'api::a.a'] }, ['api::a.a']],
    ['no internal model', { include: ['strapi::core-store', 'api::a.a'] }, ['api::a.a']],
  ])('%s', (_, entities, include) => {
    const restore = restoreFor(wish(entities), known);
    expect(restore.entities.include).toEqual(include);
    for (const uid of [...known, ...internal, 'api::unknown.unknown'])
      expect([uid, isCleared(restore, uid)]).toEqual([uid, include.includes(uid)]);
  });

  test('every type but its internal models and what is never moved, where the source names no types', () => {
    const restore = restoreFor(wish(), []);
    expect(restore.entities.include).toBeUndefined();
    expect(restore.entities.exclude).toEqual(expect.arrayContaining([...internal, 'admin::user']));
    expect(isCleared(restore, 'api::any.any')).toBe(true);
    for (const uid of [...internal, 'admin::any'])
      expect([uid, isCleared(restore, uid)]).toEqual([uid, false]);
  });

  test('the rows of its files with the files, though the source knows of none', () => {
    expect(restoreFor(wish(), ['api::a.a']).entities.include).toEqual(['api::a.a', 'plugin::upload.file']);
    expect(restoreFor({ ...wish(), assets: false }, ['api::a.a']).entities.include).toEqual(['api::a.a']);
  });

  test('its files and settings as it was wished', () => {
    const quiet = { assets: false, configuration: { coreStore: false, webhook: false } };
    expect(restoreFor({ ...quiet, entities: {} }, known)).toMatchObject(quiet);
    expect(restoreFor(wish(), known)).toMatchObject({ assets: true, configuration: { coreStore: true } });
  });
});
