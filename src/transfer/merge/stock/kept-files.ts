import { isOfFiles } from '../../../merge/identity.js';
import type { DocumentChange, MergePlan } from '../../../merge/plan.js';
import { fileType } from '../../../protocol/clearing.js';

/** The plan as a Strapi carries it out: it takes no change of a single file or folder that stands, so that stays as it is. */
export function keepingFiles(plan: MergePlan): MergePlan {
  const documents = plan.documents.map(keptWhereOfFiles);
  const files = documents.filter(({ type, verb }) => type === fileType && verb !== 'keep');
  const sizes = files.flatMap(({ bytes }) => bytes ?? []);
  return {
    ...plan,
    documents,
    conflicts: plan.conflicts.filter(({ type }) => !isOfFiles(type)),
    files: {
      count: files.length,
      bytes: sizes.length === files.length ? sizes.reduce((sum, size) => sum + size, 0) : null,
    },
  };
}

function keptWhereOfFiles(change: DocumentChange): DocumentChange {
  if (change.verb !== 'replace' || !isOfFiles(change.type)) return change;
  const { bytes: _, ...rest } = change;
  return {
    ...rest,
    verb: 'keep',
    because: 'unsent',
    rows: change.rows.map((row) => ({ ...row, verb: 'keep' })),
  };
}
