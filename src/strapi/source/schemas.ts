import type { Schemas } from '../../protocol/content.js';
import type { Strapi } from '../strapi.js';

const properties = [
  ...['collectionName', 'info', 'options', 'pluginOptions', 'attributes', 'kind', 'modelType', 'modelName'],
  ...['uid', 'plugin', 'globalId'],
];

/** The content types and components as JSON; those of types that never move as well, since a client compares them. */
export function schemasOf({ contentTypes, components }: Strapi): Schemas {
  const described = Object.entries({ ...contentTypes, ...components }).map(([uid, type]) => [
    uid,
    Object.fromEntries(properties.map((property) => [property, type[property]])),
  ]);
  return JSON.parse(JSON.stringify(Object.fromEntries(described))) as Schemas;
}
