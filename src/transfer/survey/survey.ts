import { localeType } from '../../merge/identity.js';
import { fileType } from '../../protocol/clearing.js';
import type { Link, Metadata, Schemas, Step } from '../../protocol/content.js';
import { TransferError } from '../../protocol/errors.js';
import type { TransferSource } from '../../stores/store.js';
import type { Filters } from '../filters.js';
import { Locales } from './locales.js';
import { Media } from './media.js';
import { RowIds } from './row-ids.js';
import { isPublished, strapi4Words } from './strapi-4.js';

/** Something in the content that a server will not take as it is meant, and that does not stop the transfer. */
export interface Finding {
  /**
   * `filesLeftOut`: rows come without their files; `missingFiles`: of some the source has none; `orphanLinks`: links
   * whose rows do not come; `locales`: rows in a locale that the server lacks; `strapi4`: rows of a Strapi 4;
   * `nothing`: a whole part of the content is empty at the source, and is emptied at the server.
   */
  readonly kind: 'filesLeftOut' | 'missingFiles' | 'orphanLinks' | 'locales' | 'strapi4' | 'nothing';
  /** A sentence for people. */
  readonly text: string;
}

/** What a look through a source is told. */
export interface SurveyInput {
  readonly source: TransferSource;
  readonly filters: Filters;
  readonly metadata: Metadata | null;
  /** The source's. */
  readonly schemas: Schemas | null;
  readonly destination: {
    readonly name: string;
    readonly schemas: Schemas | null;
    /** Its locales, where it was read before. */
    readonly locales: readonly string[] | null;
  };
  /** Files that rows name may be missing. */
  readonly allowMissingFiles: boolean;
}

/** What was found, how many rows of each type come, and what each stage that was read holds. */
export interface Survey {
  readonly findings: readonly Finding[];
  readonly totals: Readonly<Partial<Record<Step, { readonly count: number }>>>;
  readonly rows: Readonly<Record<string, number>>;
}

/**
 * Looks through a source that can be read again, before a server is cleared for what it holds.
 * @throws TransferError MISSING_FILES, FILE_WITHOUT_ROW, DUPLICATE_ROW, LINKS_WITHOUT_ROWS, and what the source throws
 */
export async function survey(input: SurveyInput): Promise<Survey> {
  const walked = await walk(input);
  assertWhole(input, walked);
  const { rows, totals } = walked;
  return { findings: findingsOf(input, walked), rows: Object.fromEntries(rows), totals };
}

type Walked = Awaited<ReturnType<typeof walk>>;

/** The stages in the protocol's order: an archive is read in one pass forward. */
async function walk({ source, filters, schemas, destination }: SurveyInput) {
  const has = (step: Filters['steps'][number]) => filters.steps.includes(step);
  // Leave out what the destination lacks, if both ends give their schemas.
  const theirs = schemas === null ? null : destination.schemas;
  const isThere = (type: string) => theirs === null || Object.hasOwn(theirs, type);
  const [ids, media, locales] = [new RowIds(schemas), new Media(), new Locales()];
  const rows = new Map<string, number>();
  const totals: { [Of in Step]?: { count: number } } = {};
  const count = (step: Step, more: number) => {
    totals[step] = { count: (totals[step]?.count ?? 0) + more };
  };
  const counts = { links: 0, orphans: 0, published: 0 };

  if (has('entities')) {
    for await (const batch of source.rows('entities')) {
      count('entities', batch.length);
      for (const row of batch) {
        if (filters.verdictOf('entities', row) !== 'kept' || !isThere(row.type)) continue;
        if (!ids.add(row))
          throw new TransferError('DUPLICATE_ROW', { path: source.name, type: row.type, id: row.id });
        rows.set(row.type, (rows.get(row.type) ?? 0) + 1);
        media.addRow(row);
        locales.add(row);
        if (isPublished(row, schemas)) counts.published += 1;
      }
    }
  }
  if (has('assets')) for await (const asset of source.assets()) media.addFile(asset);
  if (has('links')) {
    const moves = (link: Link) =>
      filters.verdictOf('links', link) === 'kept' && isThere(link.left.type) && isThere(link.right.type);
    for await (const batch of source.rows('links')) {
      count('links', batch.length);
      for (const link of batch.filter(moves)) {
        counts.links += 1;
        if (!ids.hasBoth(link)) counts.orphans += 1;
      }
    }
  }
  if (has('configuration'))
    for await (const batch of source.rows('configuration')) count('configuration', batch.length);
  return { has, rows, totals, media, locales, counts };
}

const counted = (count: number, one: string) => `${count} ${count === 1 ? one : `${one}s`}`;

/** Refuses content that cannot become a whole site. */
function assertWhole({ source, schemas, destination, allowMissingFiles }: SurveyInput, walked: Walked): void {
  const { has, media, counts, totals } = walked;
  const ends = { path: source.name, url: destination.name };
  if ((totals.entities?.count ?? 0) === 0 && counts.links > 0)
    throw new TransferError('LINKS_WITHOUT_ROWS', { ...ends, links: counts.links });
  if (!has('entities') || !has('assets')) return;
  // Check files only in content of a Strapi: another source has no media library.
  if (media.rowless !== null && Object.hasOwn(schemas ?? {}, fileType))
    throw new TransferError('FILE_WITHOUT_ROW', { ...ends, filename: media.rowless });
  const { count, examples } = media.missing();
  if (count > 0 && !allowMissingFiles) throw new TransferError('MISSING_FILES', { ...ends, count, examples });
}

function findingsOf({ source, metadata, filters, destination }: SurveyInput, walked: Walked): Finding[] {
  const { has, rows, totals, media, locales, counts } = walked;
  const { name } = source;
  const url = destination.name;
  const findings: Finding[] = [];
  const find = (kind: Finding['kind'], text: string) => findings.push({ kind, text: `${text}.` });

  const words = strapi4Words(metadata, counts.published);
  if (words !== null) find('strapi4', `${name}: ${words}`);

  if (has('entities') && !has('assets') && media.rows > 0) {
    const what = `The files of ${counted(media.rows, 'row')} of ${fileType} are left out`;
    find(
      'filesLeftOut',
      `${what}: at ${url} they name files that it may not have. \`excludeContentTypes\` leaves the rows out, too`,
    );
  }
  const missing = media.missing();
  if (has('assets') && missing.count > 0)
    find(
      'missingFiles',
      `Rows name ${counted(missing.count, 'file')} that ${name} does not hold: ${missing.examples}`,
    );

  if (counts.orphans > 0) {
    const what = `${counts.orphans} of ${counts.links} links have an end that is no row of what comes`;
    find('orphanLinks', `${what}: a Strapi leaves them out, an older one may link another row`);
  }

  const comes = filters.verdictOf('entities', { type: localeType, id: 0, data: {} }) === 'kept';
  const lacking = locales.lacking(comes ? null : (destination.locales ?? []));
  if (lacking.length > 0) {
    const what = `Rows come in ${lacking.join(', ')}`;
    const there =
      destination.locales === null ? `and the locales (${localeType}) are left out` : `which ${url} lacks`;
    const which = comes ? 'and the locale itself does not' : there;
    find(
      'locales',
      `${what}, ${which}: the admin panel shows rows of its own locales alone. Add what is missing there under Settings → Internationalization`,
    );
  }

  const empty = [
    ...(has('entities') && rows.size === 0 ? ['rows'] : []),
    ...(has('configuration') && (totals.configuration?.count ?? 0) === 0 ? ['settings and webhooks'] : []),
  ];
  for (const what of empty)
    find(
      'nothing',
      `${name} holds no ${what}, and those of ${url} are deleted: if it was made without them, leave them out here, too (\`only\`, \`exclude\`)`,
    );
  return findings;
}
