import type { Collision, DocumentChange, MergePlan, MissingLink } from '../../merge/plan.js';
import { TransferError } from '../../protocol/errors.js';
import { listed } from './listed.js';

/**
 * Refuses a plan that cannot be wanted.
 * @throws TransferError MERGE_COLLISION, MERGE_CONFLICT, MISSING_LINKS
 */
export function refusePlan(plan: MergePlan, end: string, allowMissingLinks: boolean): void {
  const { collisions, conflicts, missing } = plan;
  if (collisions.length > 0)
    throw new TransferError('MERGE_COLLISION', {
      end,
      count: collisions.length,
      listed: listed(collisions, wordsOfCollision),
    });
  if (conflicts.length > 0)
    throw new TransferError('MERGE_CONFLICT', {
      end,
      count: conflicts.length,
      listed: listed(conflicts, nameOf),
    });
  if (missing.length > 0 && !allowMissingLinks)
    throw new TransferError('MISSING_LINKS', {
      end,
      count: missing.length,
      listed: listed(missing, wordsOfMissing),
    });
}

type Named = Pick<DocumentChange, 'type' | 'documentId' | 'title'>;

const nameOf = ({ type, documentId, title }: Named) =>
  `${type}:${documentId}${title === undefined ? '' : ` "${title}"`}`;

const wordsOfCollision = ({ field, value, standing, ...document }: Collision) =>
  `${field} "${value}" of ${nameOf(document)} stands in ${standing}`;

const wordsOfMissing = ({ field, target, ...document }: MissingLink) =>
  `${nameOf(document)} · ${field} leads to ${nameOf(target)}`;
