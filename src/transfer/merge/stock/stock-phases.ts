import { createStockDestination } from '../../../client/remote-destination.js';
import { isOfFiles } from '../../../merge/identity.js';
import type { DocumentChange } from '../../../merge/plan.js';
import { PartialClearing } from '../../../protocol/partial-clearing.js';
import { takesForeignLinks } from '../../../protocol/version.js';
import { outgoing, sentDocuments } from './outgoing.js';
import { pushSource } from './push-source.js';
import type { Phase, StockMerge } from './stock-merge.js';

/**
 * The pushes of a merge into a Strapi as it is, in their order; none where nothing comes. With `beforeTransfer` a Strapi takes
 * files only in the place of all that it has: so files come first, in a push that deletes nothing.
 */
export function stockPhases(merge: StockMerge): readonly Phase[] {
  const { added, replaced } = sentDocuments(merge);
  if (replaced.length === 0) return added.length === 0 ? [] : [phaseOf(merge, 'documents', added, false)];
  const files = added.filter(({ type }) => isOfFiles(type));
  const documents = [...added.filter(({ type }) => !isOfFiles(type)), ...replaced];
  const hasFiles = files.length > 0;
  return [
    ...(hasFiles ? [phaseOf(merge, 'files', files, false)] : []),
    phaseOf(merge, 'documents', documents, hasFiles),
  ];
}

function phaseOf(
  { source, version, to }: StockMerge,
  name: Phase['name'],
  documents: readonly DocumentChange[],
  needsPull: boolean,
): Phase {
  const going = outgoing(documents);
  const clearing =
    going.documents.length === 0
      ? PartialClearing.nothing({ files: going.hasFiles })
      : PartialClearing.documents(going.documents);
  return {
    name,
    needsPull,
    transfer: (standing) => ({
      from: pushSource({ source, standing, outgoing: going, takesForeignLinks: takesForeignLinks(version) }),
      to: createStockDestination(to, clearing),
      exclude: going.hasFiles ? ['config'] : ['config', 'files'],
    }),
  };
}
