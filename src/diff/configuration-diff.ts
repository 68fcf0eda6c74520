import type { Configuration } from '../protocol/content.js';
import { defaultLimits } from '../protocol/limits.js';
import type { TransferSource } from '../stores/store.js';
import { ExactNumber, parseExactJson } from './exact-json.js';
import { exactRows } from './exact-rows.js';
import { type Keyed, matchByKey } from './match.js';
import { type Findings, valuesOf } from './side.js';
import { compareValues, digestOf, isRecord } from './values.js';

type Value = Configuration['value'];

interface Settings extends Keyed {
  readonly values: readonly Value[];
}

/** Settings by key, environment and tag; webhooks by name. */
export async function compareConfiguration(
  left: TransferSource,
  right: TransferSource,
  volatile: readonly string[],
  findings: Findings,
): Promise<void> {
  const [ours, theirs] = [await readSettings(left, volatile), await readSettings(right, volatile)];
  for (const { left: one, right: other, name: where } of matchByKey(ours, theirs)) {
    if (other === undefined) findings.add({ kind: 'configuration', where, change: 'missing' });
    else if (one === undefined) findings.add({ kind: 'configuration', where, change: 'extra' });
    else {
      for (const { path, change, ...values } of compareValues(ours.values[one], theirs.values[other])) {
        findings.add({ kind: 'configuration', where, path, ...valuesOf(values), change });
      }
    }
  }
}

async function readSettings(source: TransferSource, volatile: readonly string[]): Promise<Settings> {
  const keys: string[] = [];
  const digests: string[] = [];
  const values: Value[] = [];
  for await (const rows of exactRows(source, 'configuration')) {
    for (const { type, value } of rows) {
      if (type === 'core-store' && volatile.includes(String(value['key']))) continue;
      const compared = type === 'core-store' ? parsed(withoutId(value)) : withoutId(value);
      const named = type === 'core-store' ? ['key', 'environment', 'tag'] : ['name'];
      keys.push([type, ...named.map((key) => value[key] ?? '').filter((part) => part !== '')].join(' '));
      digests.push(digestOf(compared));
      values.push(compared);
    }
  }
  return { keys, digests, values };
}

function withoutId({ id: _, ...value }: Value): Value {
  return value;
}

const typeOf = (value: unknown) => (value instanceof ExactNumber ? 'number' : typeof value);

/** The table holds JSON text. Strapi's export parses it; a source that gives the text means the same value. */
function parsed(row: Value): Value {
  const { value, type } = row;
  if (typeof value !== 'string' || type === undefined) return row;
  try {
    const meant = parseExactJson(value, defaultLimits);
    const isMeant = isRecord(meant) || Array.isArray(meant) ? type === 'object' : typeOf(meant) === type;
    return isMeant ? { ...row, value: meant } : row;
  } catch {
    return row;
  }
}
