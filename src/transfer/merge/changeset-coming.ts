import type { Changeset } from '../../merge/changeset.js';
import { checkStanding } from '../../merge/check-standing.js';
import { isOfFiles } from '../../merge/identity.js';
import type { TransferSource } from '../../stores/store.js';
import type { Coming } from './coming.js';
import { forStock } from './stock/changeset-source.js';

/** What a changeset brings. @param source That holds it; open. */
export function comingOfChangeset(source: TransferSource, changeset: Changeset): Coming {
  return {
    plan: changeset.plan,
    whole: () => ({ ...source, open: async () => {}, close: async () => {} }),
    forStock: (standing) => forStock(source, changeset, standing),
    hold: (now, { phase, end }) =>
      phase === 0
        ? checkStanding(source, now, changeset, { end, givesIds: true })
        : checkStanding(source, now, ofDocuments(changeset), { end, givesIds: true, concerns: isDocument }),
  };
}

const isDocument = (type: string) => !isOfFiles(type);

/** What it does to documents that are neither files nor folders: those have come. */
function ofDocuments({ plan, drops, inbound, ...rest }: Changeset): Changeset {
  const documents = plan.documents.filter(({ type }) => isDocument(type));
  const own = <T extends { readonly type: string }>(rows: readonly T[]) =>
    rows.filter(({ type }) => isDocument(type));
  return { ...rest, plan: { ...plan, documents }, drops: own(drops), inbound: own(inbound) };
}
