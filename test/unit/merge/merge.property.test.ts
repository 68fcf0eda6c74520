import fc from 'fast-check';
import { expect, test } from 'vitest';
import { match } from '../../../src/merge/matching.js';
import { mergingDestination } from '../../../src/merge/merging-destination.js';
import { plannedSource } from '../../../src/merge/planned-source.js';
import { planMerge } from '../../../src/merge/planner.js';
import { select } from '../../../src/merge/selection.js';
import { createMemoryStore, type MemoryStore } from '../../../src/stores/memory.js';
import { createTransfer } from '../../../src/transfer/create-transfer.js';
import { contentOf, type Model, mergedModel, modelOf, plain } from '../../support/merge-model.js';
import { site } from './arbitrary.js';

async function merge(store: MemoryStore, source: Model, chosen: readonly string[], first: number) {
  const from = createMemoryStore(contentOf(source, first)).source();
  const standing = store.source();
  await from.open();
  await standing.open();
  const documents = chosen.map((name) => {
    const at = name.lastIndexOf(':');
    return { type: name.slice(0, at), documentId: name.slice(at + 1) };
  });
  const selected = await select(from, { documents }, { only: [], exclude: [] });
  const planned = await planMerge(selected, standing, await match(selected, standing), {
    onConflict: 'replace',
    onlyAdds: false,
  });
  await createTransfer({
    from: plannedSource(planned),
    to: mergingDestination(store.destination(), () => store.source()),
  }).done;
  return planned.plan;
}

const steps = fc.array(
  fc.tuple(
    site('there'),
    fc.array(fc.boolean(), { minLength: 16, maxLength: 16 }),
    fc.integer({ min: 1, max: 40 }),
  ),
  {
    minLength: 1,
    maxLength: 4,
  },
);

test('a store equals the model after any sequence of merges, under any ids', async () => {
  await fc.assert(
    fc.asyncProperty(site('here'), steps, async (standing, merges) => {
      let model = standing;
      const store = createMemoryStore(contentOf(standing, 10));
      for (const [source, coins, first] of merges) {
        const chosen = [...source.documents.keys()].filter((_, at) => coins[at] === true);
        if (chosen.length === 0) continue;
        await merge(store, source, chosen, first);
        model = mergedModel(model, source, chosen);
        expect(plain(modelOf(store.content()))).toEqual(plain(model));
      }
    }),
    { numRuns: 40 },
  );
}, 60_000);
