import { schemasOf } from '../../merge/coming-schemas.js';
import type { Schemas } from '../../protocol/content.js';
import { alsoSaying, TransferError } from '../../protocol/errors.js';
import { compareSchemas, describeDifferences } from '../schema-diff.js';

/**
 * Compares the schemas of the types that come, and of their components.
 * @throws TransferError SCHEMA_MISMATCH
 */
export function checkSchemas(types: readonly string[], ours: Schemas | null, theirs: Schemas | null): void {
  if (ours === null || theirs === null) return;
  const differences = compareSchemas(schemasOf(types, ours), schemasOf(types, theirs));
  if (differences.length === 0) return;
  const error = new TransferError('SCHEMA_MISMATCH', { differences: describeDifferences(differences) });
  throw alsoSaying(error, { schemaDifferences: differences });
}
