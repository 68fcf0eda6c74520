import type { Metadata, RowStep, Schemas } from '../../protocol/content.js';
import { TransferError } from '../../protocol/errors.js';
import type { Limits } from '../../protocol/limits.js';
import { descriptionFile, type LineStage, metadataFile } from '../export/layout.js';
import { exportInside, notAnExport } from '../export/not-an-export.js';
import { parseObject, readHeld } from '../export/parse.js';
import { assertRowFiles, digestOf } from '../export/row-files.js';
import { rowTextsOf } from '../export/rows.js';
import { createSchemaShelf } from '../export/schemas.js';
import { stray } from '../export/stray.js';
import type { OnBrokenAsset } from '../store.js';
import { withoutAppleDouble } from './apple-double.js';
import { Damaged } from './damaged.js';
import { type EntryKind, entryPath, kindOfFile, Unsafe } from './entry-kind.js';
import { type OpenArchive, whatElse } from './open-archive.js';
import { type TarEntry, tarEntries } from './tar-entries.js';

interface Span {
  readonly offset: number;
  readonly size: number;
}

interface LineFile extends Span {
  readonly path: string;
}

export interface Upload extends Span {
  readonly filename: string;
  readonly description: Span;
  /** The JSON of the description, if the archive does not hold it right before the file. */
  readonly held: Uint8Array | undefined;
}

/** What has to be known of an archive before its stages are read, in the order of the archive. */
export interface Contents {
  readonly metadata: Metadata;
  readonly schemas: Schemas | null;
  readonly lines: { readonly [S in RowStep]: readonly LineFile[] };
  readonly counts: { readonly [S in RowStep]: number };
  readonly uploads: readonly Upload[];
}

const refuse: OnBrokenAsset = (error) => {
  throw error;
};

type Description = Pick<Upload, 'description' | 'held'>;

/**
 * Goes through the whole archive once: that it is whole, that it holds nothing hostile, that every row and every
 * description can be read and every asset has its description. `path` names it in errors.
 *
 * Throws Damaged, NOT_AN_EXPORT, UNSAFE_ENTRY, STRAY_FILE, ARCHIVE_LIMIT,
 * CONTENT_LIMIT, BROKEN_LINE, MISSING_ASSET, MISSING_ASSET_DESCRIPTION, REPEATED_ROWS, MISSING_ROWS.
 */
export async function readContents(
  path: string,
  archive: OpenArchive,
  limits: Limits,
  passOver: OnBrokenAsset = refuse,
): Promise<Contents> {
  const { bytes } = archive;
  const seen = new Set<string>();
  let entries = 0;
  let held = 0;
  let metadata: Metadata | undefined;
  const schemas = createSchemaShelf(limits);
  const lines: { [S in RowStep]: LineFile[] } = { entities: [], links: [], configuration: [] };
  const counts = { entities: 0, links: 0, configuration: 0 };
  const uploads: (Span & { readonly filename: string })[] = [];
  const descriptions = new Map<string, Description>();
  const undescribable = new Set<string>();
  /** The description that was read last, while its file may still follow. */
  let waiting: { readonly filename: string; readonly span: Span; readonly json: Uint8Array } | undefined;

  let inside: string | undefined;

  const tooMuch = (reason: string, limit: keyof Limits) =>
    new TransferError('ARCHIVE_LIMIT', { path, reason, limit, value: limits[limit] });
  const undescribed = (filename: string, reason: string) =>
    new TransferError('MISSING_ASSET_DESCRIPTION', {
      filename,
      file: descriptionFile(filename),
      path,
      reason,
    });

  function onLength(length: number): void {
    archive.assertOpen();
    if (length > limits.unpackedBytes) throw tooMuch('it unpacks to too many bytes', 'unpackedBytes');
  }

  function hold(size: number): void {
    held += size;
    if (held > limits.heldBytes)
      throw tooMuch('schemas and descriptions that would have to be kept', 'heldBytes');
  }

  function recognise(entry: TarEntry): { readonly path: string; readonly what: EntryKind } | undefined {
    entries += 1;
    if (entries > limits.entries) throw tooMuch('too many entries', 'entries');
    try {
      const path = entryPath(entry);
      if (entry.type === 'directory') return undefined;
      const what = kindOfFile(path);
      if (seen.has(path)) throw new Unsafe('it is there twice');
      seen.add(path);
      return { path, what };
    } catch (error) {
      if (!(error instanceof Unsafe)) throw error;
      throw new TransferError('UNSAFE_ENTRY', {
        path,
        entry: JSON.stringify(entry.name),
        reason: error.message,
      });
    }
  }

  async function takeLines(entry: TarEntry, stage: LineStage, file: string): Promise<void> {
    const { offset, size } = entry;
    if (stage === 'schemas') hold(size);
    else lines[stage].push({ offset, size, path: file });
    for await (const texts of rowTextsOf(entry.stream(), { stage, file, limits })) {
      archive.assertOpen();
      if (stage === 'schemas') schemas.add(texts, file);
      else counts[stage] += texts.length;
    }
  }

  /** Keeps a description whose file does not follow at once, unless the tar can be read from anywhere. */
  function keepWaitingDescription(): void {
    if (waiting === undefined) return;
    const { filename, span, json } = waiting;
    waiting = undefined;
    if (bytes.size === undefined) hold(span.size);
    descriptions.set(filename, { description: span, held: bytes.size === undefined ? json : undefined });
  }

  async function takeDescription(entry: TarEntry, filename: string): Promise<void> {
    const json = await readHeld(entry.stream(), descriptionFile(filename), limits);
    const value = parseObject(json, descriptionFile(filename), limits);
    if (typeof value === 'string') {
      undescribable.add(filename);
      passOver(undescribed(filename, value));
      return;
    }
    waiting = { filename, span: { offset: entry.offset, size: entry.size }, json };
  }

  function takeUpload({ offset, size }: TarEntry, filename: string): void {
    if (waiting?.filename === filename) {
      descriptions.set(filename, { description: waiting.span, held: undefined });
      waiting = undefined;
    } else keepWaitingDescription();
    uploads.push({ filename, offset, size });
  }

  async function readThrough(): Promise<void> {
    for await (const each of tarEntries(bytes, onLength)) {
      const known = recognise(each);
      const entry = known && (await withoutAppleDouble(each));
      if (known === undefined || entry === undefined) continue;
      const { what } = known;
      if (what.kind === 'stray') throw stray(path, known.path);
      if (what.kind !== 'upload') keepWaitingDescription();
      if (what.kind === 'metadata') {
        const json = await readHeld(entry.stream(), metadataFile, limits);
        const value = parseObject(json, metadataFile, limits);
        if (typeof value === 'string')
          throw notAnExport(path, `its ${metadataFile} cannot be used: ${value}`);
        metadata = value;
      } else if (what.kind === 'lines') await takeLines(entry, what.stage, known.path);
      else if (what.kind === 'description') await takeDescription(entry, what.filename);
      else if (what.kind === 'upload') takeUpload(entry, what.filename);
      else inside ??= folderOfMetadata(known.path);
    }
  }

  try {
    await readThrough();
  } catch (error) {
    if (entries > 0 || !(error instanceof Damaged)) throw error;
    throw (await whatElse(path, archive)) ?? error;
  }
  keepWaitingDescription();
  // Strapi writes it last: where it is missing, an export was not finished.
  if (metadata === undefined) {
    if (inside === undefined) throw notAnExport(path, `it has no ${metadataFile}, or was not finished`);
    const cure = `Unpack it, and give the folder ${inside} of what comes out; or pack it again from within that folder`;
    throw exportInside(path, `the folder ${inside}`, cure);
  }
  for (const stage of ['entities', 'links', 'configuration'] as const) {
    await assertRowFiles(path, stage, lines[stage], ({ offset, size }) =>
      digestOf(bytes.stream(offset, offset + size)),
    );
  }
  return {
    metadata,
    schemas: schemas.all(),
    lines,
    counts,
    uploads: described(),
  };

  function described(): readonly Upload[] {
    const found = uploads.flatMap((upload) => {
      const { filename } = upload;
      const description = descriptions.get(filename);
      if (description === undefined) {
        if (!undescribable.has(filename)) passOver(undescribed(filename, 'it does not exist'));
        return [];
      }
      descriptions.delete(filename);
      return [{ ...upload, ...description }];
    });
    for (const [filename] of descriptions) {
      passOver(new TransferError('MISSING_ASSET', { filename, path, reason: 'it does not exist' }));
    }
    return found;
  }
}

const folderOfMetadata = (path: string): string | undefined =>
  path.endsWith(`/${metadataFile}`) ? path.slice(0, -metadataFile.length - 1) : undefined;
