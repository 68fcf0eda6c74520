import fc from 'fast-check';
import { expect, it } from 'vitest';
import { diffContent } from '../../../src/diff/diff-content.js';
import type { Entity, Link } from '../../../src/protocol/content.js';
import { createMemoryStore, type MemoryContent } from '../../../src/stores/memory.js';
import { schemas } from '../../support/site.js';

const article = 'api::article.article';
const tag = 'api::tag.tag';

/** Content before it has ids: rows by name, relations by name and in order. */
const model = fc.record({
  tags: fc.uniqueArray(fc.string({ minLength: 1, maxLength: 8 }), { minLength: 1, maxLength: 6 }),
  articles: fc.uniqueArray(
    fc.record({
      documentId: fc.stringMatching(/^[a-z]{1,3}$/),
      locale: fc.constantFrom('en', 'tr', null),
      published: fc.boolean(),
      title: fc.string(),
      captions: fc.array(fc.string({ maxLength: 3 }), { maxLength: 4 }),
      hrefs: fc.array(fc.webUrl(), { maxLength: 1 }),
      tags: fc.array(fc.nat(5), { maxLength: 4 }),
      extra: fc.jsonValue({ maxDepth: 2 }),
    }),
    {
      maxLength: 12,
      selector: ({ documentId, locale, published }) => JSON.stringify([documentId, locale, published]),
    },
  ),
});
type Model = typeof model extends fc.Arbitrary<infer T> ? T : never;

/** Everything that two servers may choose as they like. */
const choices = fc.record({ ids: fc.infiniteStream(fc.nat(5)), order: fc.infiniteStream(fc.nat()) });
type Choices = typeof choices extends fc.Arbitrary<infer T> ? T : never;

function contentOf({ tags, articles }: Model, { ids, order }: Choices): MemoryContent {
  const last = new Map<string, number>();
  const nextId = (type: string) => {
    const id = (last.get(type) ?? 0) + 1 + Number(ids.next().value ?? 0);
    last.set(type, id);
    return id;
  };
  const shuffled = <T>(list: readonly T[]) =>
    list
      .map((item) => [Number(order.next().value ?? 0), item] as const)
      .sort(([a], [b]) => a - b)
      .map(([, item]) => item);

  const entities: Entity[] = [];
  const links: Link[] = [];
  const known = new Map<number, number>();
  for (const [at, name] of shuffled([...tags.entries()])) {
    known.set(at, nextId(tag));
    entities.push({ type: tag, id: known.get(at) ?? 0, data: { documentId: `tag ${name}`, name } });
  }
  const link = (left: Link['left'], to: number, relation: string): Link => ({
    kind: 'relation.basic',
    relation,
    left,
    right: { type: tag, ref: known.get(to % tags.length) ?? 0 },
  });
  for (const row of shuffled(articles)) {
    const { documentId, locale, published, title, captions, hrefs, extra } = row;
    const id = nextId(article);
    const slides = captions.map((caption) => ({ id: nextId('shared.slide'), caption }));
    const seos = hrefs.map((href) => ({
      __component: 'shared.seo',
      id: nextId('shared.seo'),
      canonical: { id: nextId('shared.link'), href },
    }));
    const publishedAt = published ? '2026-01-01T00:00:00.000Z' : null;
    const fields = { documentId, locale, publishedAt, title, extra, gallery: slides, sections: seos };
    entities.push({ type: article, id, data: Object.fromEntries(shuffled(Object.entries(fields))) });
    let pos = 0;
    for (const to of row.tags) {
      pos += 1 + Number(ids.next().value ?? 0);
      links.push(link({ type: article, ref: id, field: 'tags', pos }, to, 'manyToMany'));
    }
    for (const slide of slides) {
      links.push(
        link({ type: 'shared.slide', ref: slide.id, field: 'tag' }, slide.caption.length, 'oneToOne'),
      );
    }
    for (const { canonical } of seos) {
      links.push(link({ type: 'shared.link', ref: canonical.id, field: 'tag' }, 0, 'oneToOne'));
    }
  }
  return {
    metadata: null,
    schemas,
    entities: shuffled(entities),
    links: shuffled(links),
    configuration: [],
    assets: [],
  };
}

const compare = (left: MemoryContent, right: MemoryContent) =>
  diffContent(createMemoryStore(left).source(), createMemoryStore(right).source());

it('finds a content equal to itself, whatever its ids, pos numbers and orders', async () => {
  await fc.assert(
    fc.asyncProperty(model, choices, choices, async (content, one, other) => {
      const { differences } = await compare(contentOf(content, one), contentOf(content, other));
      expect(differences).toEqual([]);
    }),
    { seed: 20261123, numRuns: 200 },
  );
});

it('finds a row that is left out or changed, and links that are turned round, whatever the ids', async () => {
  await fc.assert(
    fc.asyncProperty(model, choices, choices, fc.nat(), async (content, one, other, pick) => {
      const left = contentOf(content, one);
      const right = contentOf(content, other);
      const at = pick % right.entities.length;
      const entities = right.entities.filter((_, n) => n !== at);
      expect((await compare(left, { ...right, entities })).total).toBeGreaterThan(0);
      const changed = right.entities.map((entity, n) =>
        n === at ? { ...entity, data: { ...entity.data, more: true } } : entity,
      );
      const { differences } = await compare(left, { ...right, entities: changed });
      expect(differences).toMatchObject([{ kind: 'entity', path: 'more', change: 'extra' }]);

      const turned = right.links.map((link) => ({
        ...link,
        left: { ...link.left, pos: -(link.left.pos ?? 0) },
      }));
      const isTurned = content.articles.some(({ tags }) => {
        const targets = tags.map((to) => to % content.tags.length);
        return targets.join() !== targets.toReversed().join();
      });
      const { total } = await compare(left, { ...right, links: turned });
      expect(total > 0).toBe(isTurned);
    }),
    { seed: 20261123, numRuns: 100 },
  );
});
