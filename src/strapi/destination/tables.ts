import { knownModel, sqlTable } from '../database/names.js';
import type { Strapi } from '../strapi.js';

/** The table of a model, for a statement of knex. */
export const tableOf = ({ db }: Strapi, uid: string): string => sqlTable(db, knownModel(db, uid).tableName);
