import type { Knex } from 'knex';
import type { Changeset } from '../../merge/changeset.js';
import type { RestoreOptions } from '../../protocol/messages.js';
import type { TransferSource } from '../../stores/store.js';
import type { Strapi } from '../strapi.js';
import type { OnStep } from './steps.js';

export interface ContentToWrite {
  readonly strapi: Strapi;
  /** Of the push. */
  readonly id: string;
  readonly restore: RestoreOptions;
  /** Null: what comes takes the place of all that `restore` names. */
  readonly changeset: Changeset | null;
  readonly source: TransferSource;
  /** The names of the files that come. */
  readonly files: ReadonlySet<string>;
  /** Of them, those that take the place of others. */
  readonly replacing: readonly string[];
  /** Keeps the names of the files whose rows go. */
  readonly keepGoing: (names: readonly string[]) => Promise<void>;
  /** Throws where the push may not be committed any more. Called last. */
  readonly assertMay: () => Promise<void>;
  readonly onStep: OnStep;
  /** Of the Strapi, for people. */
  readonly name: string;
}

/** What each part of the transaction works with. */
export interface Writing extends ContentToWrite {
  readonly transaction: Knex.Transaction;
}
