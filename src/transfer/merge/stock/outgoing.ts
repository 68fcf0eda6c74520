import { isOfFiles } from '../../../merge/identity.js';
import type { DocumentChange, Id } from '../../../merge/plan.js';
import { fileType } from '../../../protocol/clearing.js';
import type { NamedDocument } from '../../../protocol/partial-clearing.js';
import { RowMap } from './row-map.js';
import type { StockMerge } from './stock-merge.js';

/** What one push brings. */
export interface Outgoing {
  /** Rows of the source that come, and the documentId that they get. */
  readonly comes: RowMap<string>;
  /** Rows of the destination that are deleted: the row of the source that takes the place; null where none does. */
  readonly replaced: RowMap<Id | null>;
  /** The documents of those. */
  readonly documents: readonly NamedDocument[];
  readonly hasFiles: boolean;
}

/** The documents of the plan that a stock Strapi is sent. A file or folder is added or stays: a Strapi deletes files all at once, or none. */
export function sentDocuments({ strategy, plan }: Pick<StockMerge, 'strategy' | 'plan'>) {
  const added = plan.documents.filter(({ verb }) => verb === 'add');
  const replaced = plan.documents.filter(({ verb, type }) => verb === 'replace' && !isOfFiles(type));
  return { added, replaced: strategy === 'merge' ? replaced : [] };
}

export function outgoing(documents: readonly DocumentChange[]): Outgoing {
  const [comes, replaced] = [new RowMap<string>(), new RowMap<Id | null>()];
  for (const { type, documentId, standsAs = documentId, rows } of documents)
    for (const row of rows) {
      if (row.comes !== undefined && row.verb !== 'keep') comes.set(type, row.comes, standsAs);
      if (row.stands !== undefined) replaced.set(type, row.stands, row.comes ?? null);
    }
  return {
    comes,
    replaced,
    documents: documents.filter(({ verb }) => verb === 'replace').map(nameThere),
    hasFiles: documents.some(({ type }) => type === fileType),
  };
}

/** The document as the destination has it. */
export const nameThere = ({ type, documentId, standsAs = documentId }: DocumentChange): NamedDocument => ({
  type,
  documentId: standsAs,
});
