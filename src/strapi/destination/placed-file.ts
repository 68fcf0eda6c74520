import { fileType } from '../../protocol/clearing.js';
import type { Configuration, Entity } from '../../protocol/content.js';
import { isObject } from '../../protocol/plain-object.js';
import { fileNameOf } from './held-file.js';
import { changedLogos } from './logos.js';

type Fields = Readonly<Record<string, unknown>>;

/** The files that came, by the names that they came under. */
export type Placed = ReadonlyMap<string, PlacedFile>;

export interface PlacedFile {
  /** Its name here: another one where a row has its own. */
  readonly filename: string;
  /** What rows say of it now: its address, its hash, and what else its provider says. */
  readonly fields: Fields;
}

/** Rows as they are here. */
export interface PlacedFiles {
  /** The row of a file with the address of the file that came with it. Other rows stay as they are. */
  row(entity: Entity): Entity;
  /** The same of the setting with the logos. */
  setting(setting: Configuration): Configuration;
  /** How many rows of files came without their file. */
  missing(): number;
}

export function createPlacedFiles(provider: string, placed: Placed): PlacedFiles {
  let missing = 0;
  const fieldsOf = (file: Fields) => placed.get(fileNameOf(file))?.fields;

  function row(entity: Entity): Entity {
    if (entity.type !== fileType) return entity;
    const { formats } = entity.data;
    const own = fieldsOf(entity.data);
    if (own === undefined) missing += 1;
    const placedFormats = Object.entries(isObject(formats) ? formats : {}).map(
      ([name, format]) => [name, format, isObject(format) ? fieldsOf(format) : undefined] as const,
    );
    if (own === undefined && placedFormats.every(([, , fields]) => fields === undefined)) return entity;
    const data = {
      ...{ ...entity.data, ...own, provider },
      ...(isObject(formats)
        ? {
            formats: Object.fromEntries(
              placedFormats.map(([name, format, fields]) => [
                name,
                fields === undefined ? format : { ...Object(format), ...fields },
              ]),
            ),
          }
        : {}),
    };
    return { ...entity, data };
  }

  return {
    row,
    setting: (setting) =>
      changedLogos(setting, (logo) => {
        const fields = fieldsOf(logo);
        return fields === undefined ? logo : { ...logo, ...fields, provider };
      }),
    missing: () => missing,
  };
}
