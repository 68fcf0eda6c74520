import { expect, test } from 'vitest';
import { createInversePlaces } from '../../../src/merge/inverse-places.js';
import type { LinkEnd } from '../../../src/protocol/content.js';

const at = (type: string, ref: number, field: string, pos?: number | null) =>
  ({ type, ref, field, ...(pos === undefined ? {} : { pos }) }) as LinkEnd;

test.each([
  ['null', null],
  ['absent', undefined],
])('a link that stands with a place that is %s gives none to those that come', (_, pos) => {
  const [owner, target] = [at('api::a.a', 1, 'tags', 1), at('api::b.b', 1, 'pages', pos)];
  const link = { kind: 'relation.basic', relation: 'manyToMany', left: owner, right: target } as const;
  const { placed } = createInversePlaces({ standingLinks: [{ link, ownerEnd: owner, targetEnd: target }] });
  const coming = (ref: number, to: LinkEnd) =>
    placed({
      ...{ link, side: 'left', from: at('api::a.a', ref, 'tags', 1) },
      ...{ to, target },
    });
  for (const to of [at('api::b.b', 1, 'pages', 4), at('api::b.b', 1, 'pages', null)])
    for (const ref of [1, 2]) expect(coming(ref, to)).toEqual(to);
});
