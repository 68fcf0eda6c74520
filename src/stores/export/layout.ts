import { posix } from 'node:path';
import type { RowStep } from '../../protocol/content.js';

/** Strapi’s own export, as paths in its folder or archive: POSIX paths, which every system’s file functions take. */
export const metadataFile = 'metadata.json';
export const assetsFolder = 'assets';
export const uploadsFolder = posix.join(assetsFolder, 'uploads');
export const descriptionsFolder = posix.join(assetsFolder, 'metadata');

export type LineStage = RowStep | 'schemas';

/** `entities/entities_00001.jsonl`: numbered from one, so that they sort in the order that they were written. */
export function lineFile(stage: LineStage, number: number): string {
  return posix.join(stage, `${stage}_${String(number).padStart(5, '0')}.jsonl`);
}

/** Length at which Strapi begins the next file of a stage, in UTF-16 code units as it counts. */
export const lineFileLimit = 256_000_000;

export function descriptionFile(filename: string): string {
  return posix.join(descriptionsFolder, `${filename}.json`);
}

/** The number in a name as {@link lineFile} gives it, with any ending; undefined in any other name. */
export function numberOf(stage: LineStage, file: string): number | undefined {
  const digits = new RegExp(String.raw`^${stage}/${stage}_(\d{5,})\.\w+$`).exec(file)?.[1];
  return digits === undefined ? undefined : Number(digits);
}
