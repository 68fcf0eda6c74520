import type { Collision, DocumentChange, MergePlan, MissingLink } from '../../merge/plan.js';
import { TransferError } from '../../protocol/errors.js';

/** How many of a kind an error lists. */
const listed = 10;

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
      listed: list(collisions, wordsOfCollision),
    });
  if (conflicts.length > 0)
    throw new TransferError('MERGE_CONFLICT', {
      end,
      count: conflicts.length,
      listed: list(conflicts, nameOf),
    });
  if (missing.length > 0 && !allowMissingLinks)
    throw new TransferError('MISSING_LINKS', {
      end,
      count: missing.length,
      listed: list(missing, wordsOfMissing),
    });
}

function list<T>(items: readonly T[], words: (item: T) => string): string {
  const lines = items.slice(0, listed).map((item) => `- ${words(item)}`);
  const rest = items.length - listed;
  return [...lines, ...(rest > 0 ? [`- and ${rest} more`] : [])].join('\n');
}

type Named = Pick<DocumentChange, 'type' | 'documentId' | 'title'>;

const nameOf = ({ type, documentId, title }: Named) =>
  `${type}:${documentId}${title === undefined ? '' : ` "${title}"`}`;

const wordsOfCollision = ({ field, value, standing, ...document }: Collision) =>
  `${field} "${value}" of ${nameOf(document)} stands in ${standing}`;

const wordsOfMissing = ({ field, target, ...document }: MissingLink) =>
  `${nameOf(document)} · ${field} leads to ${nameOf(target)}`;
