import { plannedSource } from '../../merge/planned-source.js';
import type { Planned } from '../../merge/planner.js';
import type { Coming } from './coming.js';
import type { MergeOptions } from './options.js';
import { holdPlanned } from './stock/hold-planned.js';

/** What a plan of this moment brings. */
export function comingOf(planned: Planned, options: Pick<MergeOptions, 'allowMissingFiles'>): Coming {
  const { plan, selected } = planned;
  return {
    plan,
    whole: () => plannedSource(planned, options),
    forStock: async () => ({ plan, source: selected.source }),
    hold: (now, at) => holdPlanned(planned, now, at),
  };
}
