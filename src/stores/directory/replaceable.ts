import { join } from 'node:path';
import type { FileSystem } from '../../ports/files.js';
import { stages } from '../../protocol/content.js';
import { TransferError } from '../../protocol/errors.js';
import { defaultLimits } from '../../protocol/limits.js';
import { descriptionsFolder, metadataFile, uploadsFolder } from '../export/layout.js';
import { parseObject } from '../export/parse.js';

export type Looked = Pick<FileSystem, 'stat' | 'list' | 'read' | 'unmovable'>;

const droppings = ['.DS_Store', 'Thumbs.db', 'desktop.ini'];

const stageFolders: readonly string[] = stages;

/** Strapi's own is some hundred bytes long. */
const longestMetadata = 1024 * 1024;

/**
 * Replacing a folder deletes what it holds, so only these are replaced: one that does not exist, one that is empty, and
 * an export. An export is `metadata.json` as a Strapi or Ferry writes it, and beside it nothing but the folders of
 * stages with their `.jsonl` files, and `assets` with files that each have their description. Any other file in the
 * folder, at any depth, would be lost.
 * @param path Names the folder in the error.
 * @throws TransferError NOT_REPLACEABLE; STORE_FAILED where a file stands there, or what cannot be moved; CONTENT_LIMIT
 */
export async function assertReplaceable(path: string, folder: string, files: Looked): Promise<void> {
  const info = await files.stat(folder);
  if (info === undefined) return;
  if (info.kind !== 'directory') {
    const reason = 'a file stands there; give the path of a folder';
    throw new TransferError('STORE_FAILED', { path, reason });
  }
  const reason = await strangerIn(folder, files);
  if (reason !== null) throw new TransferError('NOT_REPLACEABLE', { path, reason });
  await assertMovable(path, folder, files);
}

/** What is replaced is renamed first. @throws TransferError STORE_FAILED where that rename would fail */
export async function assertMovable(
  path: string,
  place: string,
  files: Pick<FileSystem, 'unmovable'>,
): Promise<void> {
  const why = await files.unmovable(place);
  if (why === undefined) return;
  throw new TransferError('STORE_FAILED', { path, reason: reasons[why] });
}

const reasons = {
  mountPoint:
    'a volume is mounted at that very path, and what is mounted cannot be replaced. Give a path inside of a mounted folder, such as a folder content in it',
  forbidden:
    'this user may not move it, so it cannot be replaced. Check who owns it and may write in it, and who owns the folder around it',
} as const;

/** The first thing that no export holds, in words; null where there is none. */
async function strangerIn(folder: string, files: Looked): Promise<string | null> {
  const names = await namesIn(folder, files);
  if (names.length === 0) return null;
  const unknown = names.find((name) => name !== metadataFile && !stageFolders.includes(name));
  if (unknown !== undefined) return noPart(unknown);
  if (!names.includes(metadataFile)) return `it has no ${metadataFile}`;
  if (!(await isMetadata(join(folder, metadataFile), files))) {
    return `its ${metadataFile} is none that a Strapi or ferry wrote`;
  }
  for (const stage of names.filter((name) => name !== metadataFile)) {
    const found = await strangerInStage(folder, stage, files);
    if (found !== null) return noPart(found);
  }
  return null;
}

async function strangerInStage(folder: string, stage: string, files: Looked): Promise<string | null> {
  if ((await files.stat(join(folder, stage)))?.kind !== 'directory') return stage;
  const names = await namesIn(join(folder, stage), files);
  if (stage !== 'assets')
    return under(
      stage,
      names.find((name) => !name.endsWith('.jsonl')),
    );
  const unknown = names.find((name) => ![uploadsFolder, descriptionsFolder].includes(`${stage}/${name}`));
  if (unknown !== undefined) return `${stage}/${unknown}`;
  const uploads = await namesIn(join(folder, uploadsFolder), files);
  const descriptions = new Set(await namesIn(join(folder, descriptionsFolder), files));
  // A description without its file belongs to a damaged export: that can be replaced.
  const other = [...descriptions].find((name) => !name.endsWith('.json'));
  return (
    under(descriptionsFolder, other) ??
    under(
      uploadsFolder,
      uploads.find((name) => !descriptions.has(`${name}.json`)),
    )
  );
}

async function namesIn(folder: string, files: Looked): Promise<readonly string[]> {
  return ((await files.list(folder)) ?? []).filter((name) => !droppings.includes(name));
}

/** Strapi writes `createdAt` and `strapi`; what came without metadata has `{}`. */
async function isMetadata(file: string, files: Looked): Promise<boolean> {
  const info = await files.stat(file);
  if (info?.kind !== 'file' || info.size > longestMetadata) return false;
  const value = parseObject(await files.read(file), metadataFile, defaultLimits);
  if (typeof value === 'string') return false;
  return 'createdAt' in value || 'strapi' in value || Object.keys(value).length === 0;
}

const under = (folder: string, name: string | undefined) => (name === undefined ? null : `${folder}/${name}`);
const noPart = (name: string) => `it holds ${name}, which is no part of an export`;
