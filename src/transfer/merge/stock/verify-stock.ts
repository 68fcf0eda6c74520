import type { Id, LostLink, MergePlan } from '../../../merge/plan.js';
import type { TransferSource } from '../../../stores/store.js';
import { type Facts, factsOf, type RowFact, type Target } from './facts.js';
import { outgoing, sentDocuments } from './outgoing.js';
import type { RowMap } from './row-map.js';
import type { StockMerge } from './stock-merge.js';

export interface VerifyInput extends Pick<StockMerge, 'strategy' | 'source' | 'plan'> {
  /** What stood at the Strapi when the first push began; open. */
  readonly before: TransferSource;
  /** What stands there after the last one; open. */
  readonly after: TransferSource;
}

/**
 * What a merge into a stock Strapi has done otherwise than planned, a sentence each: rows outside of the plan that are not
 * what they were, rows of it that are not what came. Empty where all is as planned. Files are compared by their rows.
 */
export async function verifyStock(input: VerifyInput): Promise<readonly string[]> {
  const { added, replaced } = sentDocuments(input);
  const going = outgoing([...added, ...replaced]);
  const now = await factsOf(input.after);
  const before = await factsOf(input.before, now);
  const came = await factsOf(input.source, now);
  return [
    ...differences({ now, before, came, comes: going.comes, replaced: going.replaced, plan: input.plan }),
  ];
}

interface Compared {
  readonly now: Facts;
  readonly before: Facts;
  readonly came: Facts;
  readonly comes: RowMap<string>;
  readonly replaced: RowMap<Id | null>;
  readonly plan: MergePlan;
}

function* differences({ now, before, came, comes, replaced, plan }: Compared): Generator<string> {
  const isReplaced = (name: string) => {
    const fact = before.rows.get(name);
    return fact !== undefined && replaced.has(fact.row.type, fact.row.id);
  };
  const sent = new Set<string>();
  for (const [name, fact] of came.rows) {
    if (!comes.has(fact.row.type, fact.row.id)) continue;
    sent.add(name);
    const there = now.rows.get(name);
    if (there === undefined) yield `${fact.title} did not arrive.`;
    else if (there.fields !== fact.fields) yield `${fact.title} arrived with other values.`;
    else yield* listDifferences(there, fact, (list) => list.filter((target) => now.rows.has(target.name)));
  }
  for (const [name, fact] of before.rows) {
    if (isReplaced(name)) continue;
    const there = now.rows.get(name);
    if (there === undefined) yield `${fact.title} is gone.`;
    else if (there.exact !== fact.exact) yield `${fact.title} was changed, and was to stay as it was.`;
    else yield* stayingDifferences(there, fact, { now, isReplaced, lost: plan.lost });
  }
  for (const [name, fact] of now.rows)
    if (!sent.has(name) && !before.rows.has(name)) yield `${fact.title} is new, and was not to come.`;
    else if (!sent.has(name) && isReplaced(name)) yield `${fact.title} stands still, and was to be deleted.`;
}

/** The field, without the components that hold it. */
const lastOf = (path: string) => path.slice(path.lastIndexOf('.') + 1);

const namesOf = (list: readonly Target[]) => JSON.stringify(list.map(({ name }) => name));

function* listDifferences(
  there: RowFact,
  fact: RowFact,
  expected: (list: readonly Target[]) => readonly Target[],
): Generator<string> {
  for (const field of new Set([...there.lists.keys(), ...fact.lists.keys()])) {
    const [have, want] = [there.lists.get(field) ?? [], expected(fact.lists.get(field) ?? [])];
    if (namesOf(have) !== namesOf(want)) yield `${fact.title}: ${field} has other links than came.`;
  }
}

interface Staying {
  readonly now: Facts;
  readonly isReplaced: (name: string) => boolean;
  readonly lost: readonly LostLink[];
}

/** A row that stays keeps its links in their order, but for those to documents that are replaced: these may move. */
function* stayingDifferences(
  there: RowFact,
  fact: RowFact,
  { now, isReplaced, lost }: Staying,
): Generator<string> {
  for (const field of new Set([...there.lists.keys(), ...fact.lists.keys()])) {
    const [have, had] = [there.lists.get(field) ?? [], fact.lists.get(field) ?? []];
    const isTaken = lost.some(({ because, type, field: of }) => {
      return because === 'taken' && type === fact.row.type && lastOf(field) === lastOf(of);
    });
    const stays = (list: readonly Target[]) => list.filter(({ name }) => !isReplaced(name));
    const kept = had.filter(({ name, isTwoWay }) => isReplaced(name) && isTwoWay && now.rows.has(name));
    const moved = have.filter(({ name }) => isReplaced(name));
    if (isTaken || (namesOf(stays(have)) === namesOf(stays(had)) && hasAll(moved, kept))) continue;
    yield `${fact.title}: ${field} has other links than before.`;
  }
}

function hasAll(list: readonly Target[], wanted: readonly Target[]): boolean {
  const names = new Set(list.map(({ name }) => name));
  return wanted.every(({ name }) => names.has(name));
}
