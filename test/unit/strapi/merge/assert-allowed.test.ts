import { expect, test } from 'vitest';
import type { Changeset } from '../../../../src/merge/changeset.js';
import { assertAllowed } from '../../../../src/strapi/merge/assert-allowed.js';
import type { Strapi } from '../../../../src/strapi/strapi.js';

const [article, seo, admin] = ['api::article.article', 'shared.seo', 'admin::user'];
const drop = (type: string) => ({ drops: [{ type, id: 1, digest: '', links: '' }] });
const expects = (type: string) => ({ expects: [{ type, id: 1, documentId: 'd' }] });
const inbound = (type: string) => ({ inbound: [{ type, id: 1, links: '' }] });
const unlink = (left: string, right: string) => ({
  unlinks: [
    {
      ...{ kind: 'relation.basic', relation: 'oneToOne' },
      ...{ left: { type: left, ref: 1, field: 'field' }, right: { type: right, ref: 1 } },
    },
  ],
});

function codeOf(about: Partial<Changeset>): string | null {
  const metadata = new Map(
    [article, seo, admin].map((uid) => [uid, { uid, tableName: uid, attributes: {} }]),
  );
  // A check of names reads nothing else of it.
  const strapi = { contentTypes: { [article]: {}, [admin]: {} }, db: { metadata } } as unknown as Strapi;
  try {
    assertAllowed(strapi, {
      ...{ drops: [], expects: [], unlinks: [], inbound: [] },
      ...about,
    } as unknown as Changeset);
    return null;
  } catch (error) {
    return (error as { readonly code: string }).code;
  }
}

test.each([
  ['a row of an article that goes', drop(article), null],
  ['an article that is pointed to', expects(article), null],
  ['a link of a component that goes', unlink(seo, article), null],
  ['a row of a user of the panel that goes', drop(admin), 'PROTECTED_TYPE'],
  ['a user of the panel that is pointed to', expects(admin), 'PROTECTED_TYPE'],
  ['a link of a user of the panel', unlink(admin, article), 'PROTECTED_TYPE'],
  ['a link to a user of the panel', unlink(article, admin), 'PROTECTED_TYPE'],
  ['links to a user of the panel', inbound(admin), 'PROTECTED_TYPE'],
  ['links to a type that is none', inbound('constructor'), 'UNKNOWN_TYPE'],
  ['a component as a row', drop(seo), 'UNKNOWN_TYPE'],
  ['a type that is none', drop('constructor'), 'UNKNOWN_TYPE'],
  ['a type that this Strapi lacks', unlink('api::gone.gone', article), 'UNKNOWN_TYPE'],
])('a changeset that names %s', (_, about, code) => {
  expect(codeOf(about)).toBe(code);
});
