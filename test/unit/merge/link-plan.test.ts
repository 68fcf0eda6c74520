import { expect, test } from 'vitest';
import { planned } from '../../support/stock-merges.js';
import { file, fileRow, link, site } from '../../support/stock-site.js';

/** A file, and the link to its own document that a Strapi gives with every row. */
function siteOf(id: number, documentId: string) {
  const known = { name: 'picture.png', hash: 'picture', url: '/uploads/picture.png' };
  const { kind, relation, left } = link('oneToMany', [file, id, 'localizations'], [file, id]);
  return site(
    [fileRow(id, documentId, known)],
    [{ kind, relation, left, right: { type: file, ref: documentId } }],
  );
}

test.each(['here', 'there'])(
  'a row that leads to its own document (%s) is no reason to replace it',
  async (there) => {
    const selection = { documents: [{ type: file, documentId: 'here' }] };
    const ends = { source: siteOf(1, 'here'), standing: siteOf(5, there) };
    const { plan } = await planned({ strategy: 'merge', selection, ...ends });
    expect(plan.documents.map(({ verb, because }) => [verb, because])).toEqual([['keep', 'same']]);
  },
);
