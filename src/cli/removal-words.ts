import { formatCount, formatCounted } from '../protocol/format.js';
import type { CountedType, LostFiles, LostLinks, Removals } from '../transfer/removals.js';

const longestList = 6;

/** What a push deletes, a line each: first what it replaces, then what it removes beyond that. */
export function removalLines(removals: Removals): readonly string[] {
  return [...replacedLines(removals), ...beyondLines(removals)];
}

/** What a push removes beyond what it replaces: types, links of rows that stay, files. */
export function beyondLines({ emptied, links, files }: Removals): readonly string[] {
  return [...emptiedLines(emptied), ...linkLines(links), ...(files === null ? [] : goneFileLines(files))];
}

export function isCounted({ replaced, emptied, files }: Removals): boolean {
  return [...replaced, ...emptied].some(({ rows }) => rows !== null) || (files?.count ?? null) !== null;
}

function replacedLines({ replaced, files, configuration, everyType }: Removals): readonly string[] {
  const types = present(replaced);
  const rows = sumOf(types);
  return [
    ...(everyType ? ['the rows of every type that the server has: the source names none'] : []),
    ...(types.length === 0 || everyType
      ? []
      : [
          rows === null
            ? `the rows of ${formatCounted(types.length, 'type')}, in whose place the source's come`
            : `${formatCounted(rows, 'row')} of ${formatCounted(types.length, 'type')}, in whose place the source's come`,
        ]),
    ...(files === null || files.count === 0
      ? []
      : [`${files.count === null ? 'the files' : formatCounted(files.count, 'file')} of its media library`]),
    ...(configuration ? ["settings and webhooks, in whose place the source's come"] : []),
  ];
}

function emptiedLines(emptied: readonly CountedType[]): readonly string[] {
  const types = present(emptied);
  if (types.length === 0) return [];
  const names = listed(types.map(({ type, rows }) => withCount(type, rows)));
  const rows = sumOf(types);
  const what = rows === null ? 'all rows' : formatCounted(rows, 'row');
  return [`${what} of types of which the source has none: ${names}`];
}

function linkLines(links: readonly LostLinks[]): readonly string[] {
  if (links.length === 0) return [];
  const names = listed(
    links.map(({ type, field, target, count }) => withCount(`${type}.${field} → ${target}`, count)),
  );
  const count = links.some((link) => link.count === null)
    ? null
    : links.reduce((sum, link) => sum + (link.count ?? 0), 0);
  const what = count === null ? 'any links' : formatCounted(count, 'link');
  return [`${what} from rows that stay to rows that are replaced: ${names}`];
}

function goneFileLines({ count, elsewhere, rowsStay }: LostFiles): readonly string[] {
  if (count === 0) return [];
  const providers = Object.entries(elsewhere ?? {}).map(([name, files]) => withCount(name, files));
  return [
    ...(rowsStay ? ['the files of rows that stay, which then name files that are gone'] : []),
    ...(providers.length === 0
      ? []
      : [`files at other upload providers, of which the server keeps no copy: ${listed(providers)}`]),
  ];
}

const present = (types: readonly CountedType[]) => types.filter(({ rows }) => rows !== 0);

function sumOf(types: readonly CountedType[]): number | null {
  if (types.some(({ rows }) => rows === null)) return null;
  return types.reduce((sum, { rows }) => sum + (rows ?? 0), 0);
}

const withCount = (name: string, count: number | null) =>
  count === null ? name : `${name} (${formatCount(count)})`;

function listed(names: readonly string[]): string {
  const rest = names.length - longestList;
  const shown = names.slice(0, longestList).join(', ');
  return rest > 0 ? `${shown}, and ${rest} more` : shown;
}
