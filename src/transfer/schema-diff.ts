import type { Schemas } from '../protocol/content.js';
import { isProtectedType } from '../protocol/protected-types.js';

/** One place at which two ends' schemas differ. */
export interface SchemaDifference {
  /** The uid of the content type or component: `api::article.article` */
  readonly type: string;
  /** `api::article.article.attributes.title.type` */
  readonly path: string;
  readonly kind: 'added' | 'deleted' | 'modified';
  readonly source?: unknown;
  readonly destination?: unknown;
}

/** Keys of a schema that Strapi compares; other keys of an export do not count. */
const comparedKeys = [
  'collectionName',
  'info',
  'options',
  'pluginOptions',
  'attributes',
  'kind',
  'modelType',
  'modelName',
  'uid',
  'plugin',
  'globalId',
];

/** Differences of these attribute settings do not change what can be stored: Strapi's strict strategy lets them pass. */
const harmlessSettings = ['private', 'required', 'configurable', 'default'];

/**
 * Strapi's strict strategy: every difference but the harmless ones, by path. Types that never move are not compared:
 * nothing of them can be lost.
 */
export function compareSchemas(source: Schemas, destination: Schemas): readonly SchemaDifference[] {
  const differences: SchemaDifference[] = [];
  const uids = [...new Set([...Object.keys(source), ...Object.keys(destination)])].sort();
  for (const uid of uids) {
    const [left, right] = [comparable(source[uid]), comparable(destination[uid])];
    if (isProtectedType(uid) || isAuditLog(left ?? right)) continue;
    walk(left, right, [], (path, difference) => {
      const [first, , setting, ...rest] = path;
      const harmless =
        first === 'attributes' &&
        rest.length === 0 &&
        setting !== undefined &&
        harmlessSettings.includes(setting);
      if (!harmless) differences.push({ type: uid, path: [uid, ...path].join('.'), ...difference });
    });
  }
  return differences;
}

/**
 * For people: how many there are, then a line each, first what can lose data. Where not all of them fit, the last line
 * says how many are left and what lists them all.
 */
export function describeDifferences(differences: readonly SchemaDifference[], most = 15): string {
  const costly = differences.filter((difference) => costOf(difference) !== 'nothing');
  const listed = costly.length === 0 ? differences : byCost(costly);
  const lines = listed.slice(0, most).map((difference) => `- ${sentenceOf(difference)}`);
  const more = listed.length - lines.length;
  const harmless = differences.length - listed.length;
  const rest = [
    ...(more > 0 ? [`${more} more${costly.length === 0 ? '' : ' that can lose data'}`] : []),
    ...(harmless > 0 ? [`${harmless} that lose nothing`] : []),
  ];
  return [
    `${counted(differences.length)}, of which ${costly.length === 0 ? 'none' : costly.length} can lose data:`,
    ...lines,
    ...(rest.length === 0 ? [] : [`- and ${rest.join(', and ')}: \`schemaDifferences\` holds them all`]),
  ].join('\n');
}

/** What a push over a difference can lose, the most first. */
const costs = ['rows', 'values', 'meaning', 'nothing'] as const;

/** Parts of a schema that say how it is called and shown, not what it holds. */
const labels = ['info', 'collectionName', 'modelName', 'globalId', 'plugin', 'uid'];

function costOf(difference: SchemaDifference): (typeof costs)[number] {
  if (difference.path === difference.type) return 'rows';
  const [part = '', ...rest] = withinType(difference).split('.');
  if (labels.includes(part)) return 'nothing';
  return isAttribute(part, rest) && difference.kind !== 'modified' ? 'values' : 'meaning';
}

function byCost(differences: readonly SchemaDifference[]): readonly SchemaDifference[] {
  // First what only the source has: it was meant to come.
  const rank = (difference: SchemaDifference) =>
    2 * costs.indexOf(costOf(difference)) + (difference.kind === 'deleted' ? 0 : 1);
  return [...differences].sort((a, b) => rank(a) - rank(b));
}

function sentenceOf(difference: SchemaDifference): string {
  const { path, kind, source, destination } = difference;
  const cost = costOf(difference);
  if (cost === 'rows' || cost === 'values') {
    if (kind === 'added') return `${path} exists at the destination only: no ${cost} would come for it`;
    return `${path} exists at the source only: its ${cost} would not arrive`;
  }
  return `${path}: ${word(source)} at the source, ${word(destination)} at the destination`;
}

const withinType = ({ type, path }: SchemaDifference) => path.slice(type.length + 1);

const isAttribute = (part: string, rest: readonly string[]) => part === 'attributes' && rest.length === 1;

const counted = (count: number) => `${count} ${count === 1 ? 'difference' : 'differences'}`;

function walk(
  left: unknown,
  right: unknown,
  path: readonly string[],
  report: (path: readonly string[], difference: Omit<SchemaDifference, 'type' | 'path'>) => void,
): void {
  if (Object.is(left, right)) return;
  if (left === undefined) report(path, { kind: 'added', destination: right });
  else if (right === undefined) report(path, { kind: 'deleted', source: left });
  else if (isBranch(left) && isBranch(right) && Array.isArray(left) === Array.isArray(right)) {
    for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
      walk(left[key], right[key], [...path, key], report);
    }
  } else report(path, { kind: 'modified', source: left, destination: right });
}

function comparable(schema: Schemas[string] | undefined): Record<string, unknown> | undefined {
  if (schema === undefined) return undefined;
  return Object.fromEntries(comparedKeys.map((key) => [key, schema[key]]));
}

function isAuditLog(schema: Record<string, unknown> | undefined): boolean {
  const info = schema?.['info'];
  return isBranch(info) && info['singularName'] === 'audit-log';
}

function isBranch(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

function word(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
}
