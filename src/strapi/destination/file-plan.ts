import { join } from 'node:path';
import { TransferError } from '../../protocol/errors.js';
import { isSafeFilename } from '../../stores/asset-filename.js';
import { uploadsFolder } from '../../stores/export/layout.js';
import { stagedAt, type UploadsPlace } from './place.js';

/** Where the files of a push go, as it stands on the disk while they move. */
export interface FilePlan {
  /** Of the push. */
  readonly id: string;
  /** Files whose name nothing among the uploads has: they move before the rows are committed. */
  readonly early: readonly string[];
  /** Files that take the place of others: they move right after. */
  readonly late: readonly string[];
  /** All files are where they belong. */
  readonly isOver: boolean;
}

export const idPattern = /^[\w-]{1,64}$/;

export const stagedFiles = (place: UploadsPlace, id: string): string =>
  join(stagedAt(place, id), uploadsFolder);

/**
 * What came, held against what lies among the uploads.
 * @throws TransferError STORE_FAILED where something other than a file has the name of one
 */
export async function planFiles(place: UploadsPlace, id: string): Promise<FilePlan> {
  const { files, uploads } = place;
  const coming = (await files.list(stagedFiles(place, id))) ?? [];
  const early: string[] = [];
  const late: string[] = [];
  for (const name of coming) {
    const path = join(uploads, name);
    // The disk is asked, not its list: it may hold two different names as one.
    const standing = await files.look(path);
    if (standing?.kind === 'directory' || standing?.kind === 'other')
      throw new TransferError('STORE_FAILED', {
        path,
        reason: 'a file of the push has this name; move it away',
      });
    (standing === undefined ? early : late).push(name);
  }
  return { id, early, late, isOver: false };
}

const over = 'over';

export async function writePlan(place: UploadsPlace, plan: FilePlan): Promise<void> {
  const { id, early, late, isOver } = plan;
  const lines = [
    id,
    ...(isOver ? [over] : []),
    ...early.map((name) => `+${name}`),
    ...late.map((name) => `=${name}`),
  ];
  await put(place, place.plan, lines);
}

/** Undefined where there is none: then no file has moved, or all of it is over. */
export async function readPlan(place: UploadsPlace): Promise<FilePlan | undefined> {
  const [id = '', ...lines] = (await linesOf(place, place.plan)) ?? [];
  if (!idPattern.test(id)) return undefined;
  const named = (sign: string) =>
    lines.filter((line) => line.startsWith(sign) && isOfUploads(line.slice(1))).map((line) => line.slice(1));
  return { id, early: named('+'), late: named('='), isOver: lines.includes(over) };
}

export const writeGoing = (place: UploadsPlace, names: readonly string[]): Promise<void> =>
  put(place, place.going, names);

export async function readGoing(place: UploadsPlace): Promise<readonly string[]> {
  return ((await linesOf(place, place.going)) ?? []).filter(isOfUploads);
}

/** A file that a row can name. What lies in `.ferry` is input; so is what a row says. */
export const isOfUploads = (name: string): boolean => isSafeFilename(name) && !name.startsWith('.');

/** A name holds no line break: no control character is safe in one. */
async function put({ files, root }: UploadsPlace, file: string, lines: readonly string[]): Promise<void> {
  const draft = `${file}.new`;
  await files.write(draft, lines.join('\n'));
  await files.rename(draft, file);
  await files.syncDirectory(root);
}

async function linesOf({ files, root }: UploadsPlace, file: string): Promise<readonly string[] | undefined> {
  if ((await files.look(file)) === undefined) return undefined;
  const text = new TextDecoder().decode(await files.read(file, { inside: root }));
  return text === '' ? [] : text.split('\n');
}
