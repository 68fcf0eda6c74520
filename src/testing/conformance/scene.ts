import type { RetryMessageOptions } from '../../protocol/retry.js';
import type { ScriptedPeer } from '../scripted-peer.js';
import type { StrapiScript } from '../strapi-script.js';
import type { ClientPlan } from './client-plans.js';
import type { Judge } from './judge.js';

/** The plan to play, and the retry options that the client must keep to. */
export interface SceneOptions {
  readonly plan: ClientPlan;
  readonly script: StrapiScript;
  readonly retryMessageOptions: RetryMessageOptions;
}

export type ClientEnd = 'resolved' | 'rejected';

/** The stage on which one transfer of a client is played. */
export interface Scene<Run> {
  readonly judge: Judge;
  readonly peer: ScriptedPeer;
  /** The input of the client's run. */
  readonly given: Run;
  /** Resolves with the client's end once all that it sent has arrived; with null if the client does not end. */
  until(running: Promise<ClientEnd>): Promise<ClientEnd | null>;
  /** Lets arrive what an ended client still sends; resolves with the number of its visible timers. */
  linger(): Promise<number>;
  close(): Promise<void>;
}
