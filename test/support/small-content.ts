import type { Schemas } from '../../src/protocol/content.js';
import type { MemoryContent } from '../../src/stores/memory.js';

const schemas: Schemas = {
  'api::article.article': { uid: 'api::article.article', attributes: { title: { type: 'string' } } },
  'api::tag.tag': { uid: 'api::tag.tag', attributes: { name: { type: 'string' } } },
};

const link = (leftType: string, left: number, rightType: string, right: number) => ({
  kind: 'relation.basic',
  relation: 'manyToMany',
  left: { type: leftType, ref: left, field: 'tags' },
  right: { type: rightType, ref: right },
});

/** A little of everything: two types, a type that must not be moved, links to both, assets of several sizes. */
export const smallContent: MemoryContent = {
  metadata: { createdAt: '2026-01-02T03:04:05.678Z', strapi: { version: '5.54.0' } },
  schemas,
  entities: [
    { type: 'api::article.article', id: 1, data: { documentId: 'a1', title: 'Üsküdar ⛴️' } },
    { type: 'api::article.article', id: 2, data: { documentId: 'a2', title: 'two' } },
    { type: 'api::tag.tag', id: 7, data: { documentId: 't7', name: 'sea' } },
    { type: 'admin::user', id: 1, data: { password: '$2a$10$a-hash-that-must-not-travel' } },
  ],
  links: [
    link('api::article.article', 1, 'api::tag.tag', 7),
    link('api::article.article', 2, 'api::tag.tag', 7),
    link('api::article.article', 2, 'admin::user', 1),
  ],
  configuration: [
    { type: 'core-store', value: { id: 1, key: 'plugin_i18n_default_locale', value: 'en' } },
    { type: 'webhook', value: { id: 1, name: 'deploy', url: 'https://example.com/hook' } },
  ],
  assets: [
    { filename: 'empty_1.txt', metadata: { id: 1, name: 'empty.txt' }, bytes: new Uint8Array(0) },
    { filename: 'vapur_2.bin', metadata: { id: 2, name: 'vapur.bin' }, bytes: pattern(300_000) },
    { filename: 'ığüşöç ⛴️_3.bin', metadata: { id: 3, name: 'ığüşöç ⛴️.bin' }, bytes: pattern(11) },
  ],
};

function pattern(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index * 31 + (index >> 8)) & 0xff);
}
