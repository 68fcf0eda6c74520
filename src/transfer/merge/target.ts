import type { MergePlan } from '../../merge/plan.js';
import type { Concern } from '../../protocol/concern.js';
import type { TransferSource } from '../../stores/store.js';
import type { EmbeddedOptions } from '../options.js';
import type { Coming } from './coming.js';

/** How a plan is carried out at a destination. */
export interface CarryingOut {
  /** How many transfers carry it out. */
  readonly phases: number;
  /** What this destination does of the plan, and loses beside it. */
  readonly plan: MergePlan;
  readonly verifies: boolean;
}

/** What a merge changes: a store, or a server. */
export interface MergeTarget {
  /** For people. */
  readonly name: string;
  /** A server is pulled into a folder before it is read. */
  readonly isPulled: boolean;
  /** It may look for what a plan has to know, where it is told that. */
  readonly takesConcern: boolean;
  /** It is a Strapi as it is; known once it was pulled. */
  isStock(): boolean;
  /** It takes no types but those of its code, as a Strapi; known likewise. */
  hasFixedTypes(): boolean;
  /** Throws where a store cannot be read, or a server lets no such transfer in. */
  check(signal: AbortSignal): Promise<void>;
  /** The options of a pull, into a folder. @param concern What alone the plan has to know; null: all of it */
  pull(folder: string, concern: Concern | null): EmbeddedOptions;
  /** What stands, open; of a server what the last pull has brought. */
  standing(concern: Concern | null): Promise<TransferSource>;
  /** Refuses what cannot be carried out here. */
  prepare(coming: Coming): Promise<CarryingOut>;
  /** Asks, once the plan is confirmed, what cannot be asked without a change that is undone. */
  probe(): Promise<void>;
  /** The options of one transfer. */
  carryOut(phase: number): EmbeddedOptions;
  /** Throws where what stands after the last phase is not what was planned. */
  verify(): Promise<void>;
  close(): Promise<void>;
}
