import type { RetryMessageOptions } from '../../protocol/retry.js';
import type { ScriptedPeer } from '../scripted-peer.js';
import type { StrapiScript } from '../strapi-script.js';
import type { ClientPlan } from './client-plans.js';
import type { Judge } from './judge.js';

/** What is played, and what the client is expected to keep to. */
export interface Play {
  readonly plan: ClientPlan;
  readonly script: StrapiScript;
  readonly retryMessageOptions: RetryMessageOptions;
}

export type ClientEnd = 'resolved' | 'rejected';

/** Where one transfer of a client is played to. */
export interface Scene<Run> {
  readonly judge: Judge;
  readonly peer: ScriptedPeer;
  /** What the client is given. */
  readonly given: Run;
  /** Resolves once the client has come to its end, and all that it sent has come; with null where it comes to none. */
  until(running: Promise<ClientEnd>): Promise<ClientEnd | null>;
  /** Lets come what a client that is over has left behind; the number of its timers, as far as they can be seen. */
  linger(): Promise<number>;
  close(): Promise<void>;
}
