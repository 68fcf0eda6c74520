import type { Schemas } from '../protocol/content.js';

/** One place at which two ends' schemas differ. */
export interface SchemaDifference {
  /** `api::article.article.attributes.title.type` */
  readonly path: string;
  readonly kind: 'added' | 'deleted' | 'modified';
  readonly source?: unknown;
  readonly destination?: unknown;
}

/** Keys of a schema that Strapi compares; whatever else an export holds does not count. */
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

/** Strapi's strict strategy: every difference but the harmless ones, by path. */
export function compareSchemas(source: Schemas, destination: Schemas): readonly SchemaDifference[] {
  const differences: SchemaDifference[] = [];
  const uids = [...new Set([...Object.keys(source), ...Object.keys(destination)])].sort();
  for (const uid of uids) {
    const [left, right] = [comparable(source[uid]), comparable(destination[uid])];
    if (isAuditLog(left ?? right)) continue;
    walk(left, right, [], (path, difference) => {
      const [first, , setting, ...rest] = path;
      const harmless =
        first === 'attributes' &&
        rest.length === 0 &&
        setting !== undefined &&
        harmlessSettings.includes(setting);
      if (!harmless) differences.push({ path: [uid, ...path].join('.'), ...difference });
    });
  }
  return differences;
}

/** A line each, the first ones only: a whole type that is missing can stand for hundreds. */
export function describeDifferences(differences: readonly SchemaDifference[], most = 25): string {
  const lines = differences.slice(0, most).map(({ path, kind, source, destination }) => {
    if (kind === 'added') return `- ${path} exists at the destination only`;
    if (kind === 'deleted') return `- ${path} exists at the source only, its data would not arrive`;
    return `- ${path}: ${word(source)} at the source, ${word(destination)} at the destination`;
  });
  const rest = differences.length - lines.length;
  return [...lines, ...(rest > 0 ? [`- and ${rest} more`] : [])].join('\n');
}

function walk(
  left: unknown,
  right: unknown,
  path: readonly string[],
  report: (path: readonly string[], difference: Omit<SchemaDifference, 'path'>) => void,
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
