import { isSafeFilename } from '../../stores/asset-filename.js';
import { type HeldFile, heldFromText, textOfHeld } from './held-file.js';
import type { UploadsPlace } from './place.js';

/** Where the files of a push go, as it stands on the disk while they do. */
export interface FilePlan {
  /** Of the push. */
  readonly id: string;
  /** Files whose name nothing among the uploads has: they move before the rows are committed. */
  readonly early: readonly string[];
  /** Files that take the place of others: they move right after. */
  readonly late: readonly string[];
  /** Files that the upload provider is given before, under keys of their own. */
  readonly made: readonly HeldFile[];
  /** All files are where they belong. */
  readonly isOver: boolean;
}

/** The files of rows that go. */
export interface GoingFiles {
  /** Among the uploads. */
  readonly names: readonly string[];
  /** With the upload provider. */
  readonly held: readonly HeldFile[];
  /** How many stay with a provider that this Strapi has no more, by its name. */
  readonly staying: ReadonlyMap<string, number>;
}

export const idPattern = /^[\w-]{1,64}$/;

const over = 'over';
/** What the lines of the two files begin with. */
const signs = { early: '+', late: '=', going: '-', held: '*' } as const;

const signed = (sign: string, texts: readonly string[]) => texts.map((text) => `${sign}${text}`);

export async function writePlan(place: UploadsPlace, plan: FilePlan): Promise<void> {
  const { id, early, late, made, isOver } = plan;
  await put(place, place.plan, [
    id,
    ...(isOver ? [over] : []),
    ...signed(signs.early, early),
    ...signed(signs.late, late),
    ...signed(signs.held, made.map(textOfHeld)),
  ]);
}

/** Undefined where there is none: then no file has moved, or all of it is over. */
export async function readPlan(place: UploadsPlace): Promise<FilePlan | undefined> {
  const [id = '', ...lines] = await linesOf(place, place.plan);
  if (!idPattern.test(id)) return undefined;
  return {
    id,
    early: namesIn(lines, signs.early),
    late: namesIn(lines, signs.late),
    made: heldIn(lines),
    isOver: lines.includes(over),
  };
}

export const writeGoing = (place: UploadsPlace, { names, held }: GoingFiles): Promise<void> =>
  put(place, place.going, [...signed(signs.going, names), ...signed(signs.held, held.map(textOfHeld))]);

export async function readGoing(place: UploadsPlace): Promise<Pick<GoingFiles, 'names' | 'held'>> {
  const lines = await linesOf(place, place.going);
  return { names: namesIn(lines, signs.going), held: heldIn(lines) };
}

/** A file that a row can name. What lies in `.ferry` is input; so is what a row says. */
export const isOfUploads = (name: string): boolean => isSafeFilename(name) && !name.startsWith('.');

const textsOf = (lines: readonly string[], sign: string) =>
  lines.filter((line) => line.startsWith(sign)).map((line) => line.slice(sign.length));

const namesIn = (lines: readonly string[], sign: string) => textsOf(lines, sign).filter(isOfUploads);

const heldIn = (lines: readonly string[]) =>
  textsOf(lines, signs.held).flatMap((text) => heldFromText(text) ?? []);

/** A name holds no line break: no control character is safe in one. */
async function put({ files, root }: UploadsPlace, file: string, lines: readonly string[]): Promise<void> {
  const draft = `${file}.new`;
  await files.write(draft, lines.join('\n'));
  await files.rename(draft, file);
  await files.syncDirectory(root);
}

async function linesOf({ files, root }: UploadsPlace, file: string): Promise<readonly string[]> {
  if ((await files.look(file)) === undefined) return [];
  const text = new TextDecoder().decode(await files.read(file, { inside: root }));
  return text === '' ? [] : text.split('\n');
}
