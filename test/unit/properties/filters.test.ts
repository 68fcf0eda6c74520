import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Entity, Link, Schemas, Step } from '../../../src/protocol/content.js';
import { contentGroups, createFilters, type FilterOptions } from '../../../src/transfer/filters.js';
import { createFit } from '../../../src/transfer/fit.js';
import { runs } from '../../support/runs.js';

const uploads = ['plugin::upload.file', 'plugin::upload.folder'];
const groupOf = { entities: 'content', links: 'content', assets: 'files', configuration: 'config' } as const;
/**
 * Strapi's rule, as its command has it (`cli/utils/data-transfer.js` and `engine/index.js` of 5.54.0), in its own
 * order of steps: what ours is held against.
 */
const strapi = {
  ignores: (type: string) =>
    type.startsWith('admin::') ||
    ['plugin::content-releases.release', 'plugin::content-releases.release-action'].includes(type),
  includes(type: string, { excludeContentTypes, onlyContentTypes }: FilterOptions): boolean {
    if (strapi.ignores(type)) return false;
    if (excludeContentTypes?.includes(type)) return false;
    return onlyContentTypes?.length ? onlyContentTypes.includes(type) : true;
  },
  /** `engine.shouldSkipStage` */
  skips(step: Step, { only, exclude }: FilterOptions): boolean {
    const group = groupOf[step];
    let included = only === undefined || only.length === 0;
    if (only !== undefined && only.length > 0) included = only.includes(group);
    if (exclude !== undefined && exclude.length > 0 && included) included = !exclude.includes(group);
    return !included;
  },
  /** `autoExcludeFilesWhenUploadTypesOutOfScope` */
  normalized(options: FilterOptions): FilterOptions {
    const keepsFiles =
      strapi.skips('entities', options) ||
      options.only?.includes('files') ||
      strapi.skips('assets', options) ||
      uploads.some((type) => strapi.includes(type, options));
    return keepsFiles ? options : { ...options, exclude: [...(options.exclude ?? []), 'files'] };
  },
};

const type = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('api::a.a', 'api::b.b', 'plugin::users-permissions.user') },
  { weight: 2, arbitrary: fc.constantFrom(...uploads) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      'admin::user',
      'admin::',
      'plugin::content-releases.release',
      'Admin::user',
      '',
    ),
  },
  fc.constantFrom('constructor', '__proto__', 'toString'),
  fc.string(),
);
const options: fc.Arbitrary<FilterOptions> = fc
  .record({
    groups: fc.dictionary(fc.constantFrom(...contentGroups), fc.constantFrom('only', 'exclude', 'both')),
    types: fc.uniqueArray(fc.tuple(type, fc.constantFrom('only', 'exclude')), {
      selector: ([name]) => name,
      maxLength: 4,
    }),
    without: fc.constantFrom(undefined, 'only', 'exclude'),
  })
  .map(({ groups, types, without }) => {
    const named = (how: string) => contentGroups.filter((group) => groups[group] === how);
    const typed = (how: string) => types.flatMap(([name, one]) => (one === how ? [name] : []));
    return {
      only: without === 'only' ? [] : named('only'),
      exclude: without === 'exclude' ? [] : named('exclude'),
      onlyContentTypes: without === 'only' ? [] : typed('only'),
      excludeContentTypes: without === 'exclude' ? [] : typed('exclude'),
    };
  });

const entity = (type: string): Entity => ({ type, id: 1, data: {} });
const link = (left: string, right: string): Link => ({
  kind: 'relation.basic',
  relation: 'oneToOne',
  left: { type: left, ref: 1 },
  right: { type: right, ref: 2 },
});

describe('filters', () => {
  test('keep a row where Strapi keeps it, and only there', () => {
    fc.assert(
      fc.property(options, type, type, (options, left, right) => {
        const { verdictOf } = createFilters(options);
        expect(verdictOf('entities', entity(left)) === 'kept').toBe(strapi.includes(left, options));
        const keepsBoth = strapi.includes(left, options) && strapi.includes(right, options);
        expect(verdictOf('links', link(left, right)) === 'kept').toBe(keepsBoth);
        // What may not be transferred is told apart from what was left out.
        const isIgnored = strapi.ignores(left) || strapi.ignores(right);
        expect(verdictOf('links', link(left, right)) === 'dropped').toBe(isIgnored);
      }),
      runs(500),
    );
  });

  test('move the stages that Strapi moves, and have it clear nothing that will not come', () => {
    fc.assert(
      fc.property(options, (options) => {
        const { steps, restore } = createFilters(options);
        const wanted = (['entities', 'assets', 'links', 'configuration'] as const).filter(
          (step) => !strapi.skips(step, strapi.normalized(options)),
        );
        expect(steps).toEqual(wanted);
        expect(restore.assets).toBe(wanted.includes('assets'));
        expect(restore.configuration.coreStore).toBe(wanted.includes('configuration'));
        const { include, exclude } = restore.entities;
        for (const type of [...uploads, 'api::a.a', 'api::b.b']) {
          const isCleared = (include?.includes(type) ?? true) && !exclude?.includes(type);
          expect(isCleared).toBe(wanted.includes('entities') && strapi.includes(type, options));
        }
      }),
      runs(500),
    );
  });
});

test('a row is cut to the attributes that the destination itself has, whatever they are called', () => {
  const attribute = fc.oneof(
    fc.constantFrom('title', 'documentId', 'constructor', 'toString', '__proto__'),
    fc.string(),
  );
  const schemas: fc.Arbitrary<Schemas> = fc
    .array(fc.tuple(type, fc.array(attribute, { maxLength: 4 })), { maxLength: 3 })
    .map((types) =>
      Object.fromEntries(
        types.map(([uid, names]) => [
          uid,
          { uid, attributes: Object.fromEntries(names.map((name) => [name, {}])) },
        ]),
      ),
    );
  const names = fc.uniqueArray(attribute, { maxLength: 5 });
  fc.assert(
    fc.property(schemas, type, names, (schemas, type, names) => {
      const known = Object.entries(schemas).find(([uid]) => uid === type)?.[1];
      const data = Object.fromEntries(names.map((name) => [name, 1]));
      const own = ['documentId', ...Object.keys(known?.attributes ?? {})];
      const fitted = createFit({}, schemas).fitted('entities', { type, id: 1, data });
      expect(fitted === null ? null : Object.keys(fitted.data).sort()).toEqual(
        known === undefined ? null : names.filter((name) => own.includes(name)).sort(),
      );
    }),
    runs(500),
  );
});
