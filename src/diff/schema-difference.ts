import type { Schemas } from '../protocol/content.js';
import { compareSchemas } from '../transfer/schema-diff.js';
import { type Findings, valuesOf } from './side.js';

const changes = { added: 'extra', deleted: 'missing', modified: 'changed' } as const;

/** Compares schemas as a transfer does: without the settings of an attribute that do not change what can be stored. */
export function compareSchemasOf(left: Schemas | null, right: Schemas | null, findings: Findings): void {
  if (left === null || right === null) {
    if (left !== right) {
      findings.add({ kind: 'schema', where: 'all schemas', change: left === null ? 'extra' : 'missing' });
    }
    return;
  }
  for (const { type: where, path: full, kind, source, destination } of compareSchemas(left, right)) {
    const path = full.slice(where.length + 1);
    const values = path === '' ? {} : valuesOf({ left: source, right: destination });
    findings.add({
      kind: 'schema',
      where,
      type: where,
      ...(path === '' ? {} : { path }),
      ...values,
      change: changes[kind],
    });
  }
}
