import type { Metadata, Schemas } from '../protocol/content.js';
import type { ContentType, Strapi } from './strapi.js';

/** What a Strapi answers to `getMetadata`. */
export function metadataOf({ config }: Strapi): Metadata {
  return { createdAt: new Date().toISOString(), strapi: { version: config.get('info.strapi', '') } };
}

/** What a Strapi tells of a type to `getSchemas`; the rest of its model is for itself. */
const told: readonly string[] = [
  ...['collectionName', 'info', 'options', 'pluginOptions', 'attributes'],
  ...['kind', 'modelType', 'modelName', 'uid', 'plugin', 'globalId'],
];

/** What a Strapi answers to `getSchemas`: content types and components, without functions. */
export function schemasOf({ contentTypes, components }: Strapi): Schemas {
  const schemas: Record<string, ContentType> = { ...contentTypes, ...components };
  const entries = Object.entries(schemas).map(([uid, schema]) => [
    uid,
    Object.fromEntries(Object.entries(schema).filter(([name]) => told.includes(name))),
  ]);
  return JSON.parse(JSON.stringify(Object.fromEntries(entries)));
}
