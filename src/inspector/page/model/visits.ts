import type { Visited } from '../../../inspect/visited.js';
import type { View } from './timeline.js';

/** What the actors of a chart have visited up to a moment, in each process, dropped records included. */
export type Visits = readonly Visited[];

export const visitsOf = (views: readonly View[], machine: string): Visits =>
  views.flatMap(({ state }) => state.visited.filter((one) => one.machine === machine));

export const wasVisited = (visits: Visits, state: string) =>
  visits.some(({ states }) => Object.hasOwn(states, state));

export const wasTaken = (visits: Visits, transition: string) =>
  visits.some(({ transitions }) => Object.hasOwn(transitions, transition));
