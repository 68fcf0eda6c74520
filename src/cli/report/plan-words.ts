import { shorten, visible } from '../../diff/content-difference.js';
import type { DocumentChange, LostLink, MergePlan, MissingLink, RowChange } from '../../merge/plan.js';
import { formatBytes, formatCount, formatCounted, partCounted } from '../../protocol/format.js';
import { countsOf } from '../../transfer/merge/merge-work.js';

/** Of an end of a list that grows with the content. */
const told = { types: 40, documents: 40, links: 20, rows: 8 };

const longestName = 120;

/** What becomes of a document, and of a row: the same before and after. */
const verbs = { add: 'added', replace: 'replaced', keep: 'left', delete: 'deleted' } as const;

const whyLeft: Readonly<Record<NonNullable<DocumentChange['because']>, string>> = {
  same: 'nothing differs',
  newer: 'newer there',
  alongside: 'only its rows came along',
  stands: 'stands there already',
  unsent: 'a Strapi takes no change of a file or folder that stands',
};

const whyLost: Readonly<Record<LostLink['because'], string>> = {
  deleted: 'the row that they lead to is deleted',
  taken: 'a document that comes takes what they lead to',
  oneWay: 'a Strapi cannot keep them',
  moved: 'a Strapi keeps them, in another order',
};

/** `3 documents added, 1 replaced, 2 left as they are; 1 row deleted, 2 links lost; 2 files, 1.2 MiB` */
export function planSum(plan: MergePlan): string {
  const { add, replace, keep, deletedRows } = countsOf(plan);
  const [first, ...rest] = [
    [add, 'added'] as const,
    [replace, 'replaced'] as const,
    [keep, keep === 1 ? 'left as it is' : 'left as they are'] as const,
  ].filter(([count]) => count > 0);
  const documents =
    first === undefined
      ? 'no document'
      : [
          `${formatCounted(first[0], 'document')} ${first[1]}`,
          ...rest.map(([count, word]) => `${formatCount(count)} ${word}`),
        ].join(', ');
  const gone = [
    ...partCounted(deletedRows, 'row deleted', 'rows deleted'),
    ...partCounted(linksOf(plan, false), 'link lost', 'links lost'),
    ...partCounted(linksOf(plan, true), 'link moved', 'links moved'),
    ...partCounted(plan.missing.length, 'link left out', 'links left out'),
  ];
  return [documents, ...(gone.length === 0 ? [] : [gone.join(', ')]), ...filesPart(plan)].join('; ');
}

const linksOf = ({ lost }: MergePlan, areMoved: boolean) =>
  lost.reduce((sum, { count, because }) => sum + ((because === 'moved') === areMoved ? count : 0), 0);

function filesPart({ files: { count, bytes } }: MergePlan): readonly string[] {
  if (count === 0) return [];
  return [`${formatCounted(count, 'file')}${bytes === null ? '' : `, ${formatBytes(bytes)}`}`];
}

/** What a merge does, a line each: by type, then document by document, those that change most first. */
export function planLines(plan: MergePlan, verbose: boolean): readonly string[] {
  const most = verbose ? { documents: Infinity, links: Infinity, types: Infinity } : told;
  const documents = [...plan.documents].sort((a, b) => weight(a) - weight(b));
  return [
    ...bounded(typeLines(plan), most.types, 'type').map((line) => `  ${line}`),
    ...bounded(documents.map(documentLine), most.documents, 'document'),
    ...lostLines(plan, verbose),
    ...bounded(plan.missing.map(missingLine), most.links, 'link'),
  ];
}

/** The links of rows that stay which are lost, by field: told before and after. */
export function lostLines({ lost }: MergePlan, verbose: boolean): readonly string[] {
  return bounded(
    lost.map(
      ({ type, field, target, count, because }) =>
        `${because === 'moved' ? 'moved' : 'lost'} ${formatCounted(count, 'link')} ${name(`${type} · ${field} → ${target}`)}: ${whyLost[because]}`,
    ),
    verbose ? Infinity : told.links,
    'field',
  );
}

const weight = ({ verb, rows }: DocumentChange) => {
  if (verb === 'keep') return 3;
  if (verb === 'add') return 2;
  return rows.some((row) => row.verb === 'delete') ? 0 : 1;
};

function bounded(lines: readonly string[], most: number, what: string): readonly string[] {
  const rest = lines.length - most;
  if (rest <= 0) return lines;
  return [...lines.slice(0, most), `and ${formatCounted(rest, `more ${what}`)}: --verbose lists all of them`];
}

/** `entity api::article.article: 2 added, 4 replaced` */
function typeLines({ documents }: MergePlan): readonly string[] {
  return countsByType(documents).map(({ type, add, replace, keep }) => {
    const parts = [
      ...(add === 0 ? [] : [`${formatCount(add)} added`]),
      ...(replace === 0 ? [] : [`${formatCount(replace)} replaced`]),
      ...(keep === 0 ? [] : [`${formatCount(keep)} left`]),
    ];
    return `entity ${name(type)}: ${parts.join(', ')}`;
  });
}

export interface TypeCount {
  readonly type: string;
  readonly add: number;
  readonly replace: number;
  readonly keep: number;
}

export function countsByType(documents: readonly DocumentChange[]): readonly TypeCount[] {
  const counts = new Map<string, TypeCount>();
  for (const { type, verb } of documents) {
    const before = counts.get(type) ?? { type, add: 0, replace: 0, keep: 0 };
    counts.set(type, { ...before, [verb]: before[verb] + 1 });
  }
  return [...counts.values()];
}

/** `replaced entity api::article.article, a1 "Title": en draft; deleted: de draft (newer there)` */
function documentLine(change: DocumentChange): string {
  const { verb, because, rows, standsAs, bytes, isNewerThere, liesInNone } = change;
  const notes = [
    ...(bytes === undefined ? [] : [formatBytes(bytes)]),
    ...(standsAs === undefined ? [] : [`there ${name(standsAs)}`]),
    ...(because === undefined ? [] : [whyLeft[because]]),
    ...(liesInNone === true ? ['in no folder there: its own neither comes nor stands'] : []),
    ...(isNewerThere && because !== 'newer' ? ['newer there'] : []),
  ];
  const places = verb === 'keep' ? '' : placesOf(rows, verb);
  return `${verbs[verb]} entity ${called(change)}${places === '' ? '' : `: ${places}`}${
    notes.length === 0 ? '' : ` (${notes.join(', ')})`
  }`;
}

function placesOf(rows: readonly RowChange[], verb: 'add' | 'replace'): string {
  const of = (wanted: RowChange['verb']) => {
    const places = rows.filter((row) => row.verb === wanted).map(placeOf);
    const rest = places.length - told.rows;
    const shown = [...places.slice(0, told.rows), ...(rest > 0 ? [`${rest} more`] : [])];
    return shown.filter((place) => place !== '').join(', ');
  };
  const own = of(verb);
  const others = (['add', 'delete'] as const)
    .filter((other) => other !== verb)
    .map((other) => [other, of(other)] as const)
    .filter(([, places]) => places !== '')
    .map(([other, places]) => `${verbs[other]}: ${places}`);
  return [...(own === '' ? [] : [own]), ...others].join('; ');
}

const placeOf = ({ locale, state }: RowChange) =>
  [locale === null ? '' : name(locale), state ?? ''].filter((part) => part !== '').join(' ');

function missingLine({ field, target, ...document }: MissingLink): string {
  return `left out link ${called(document)} · ${name(field)} → ${called(target)}`;
}

type Named = Pick<DocumentChange, 'type' | 'documentId' | 'title'>;

const called = ({ type, documentId, title }: Named) =>
  `${name(type)}, ${name(documentId)}${title === undefined ? '' : ` "${name(title)}"`}`;

const name = (text: string) => shorten(visible(text), longestName);
