import type { Knex } from 'knex';
import type { Changeset } from '../../merge/changeset.js';
import type { RestoreOptions } from '../../protocol/messages.js';
import type { TransferSource } from '../../stores/store.js';
import type { Strapi } from '../strapi.js';
import type { GoingFiles } from './file-plan.js';
import type { Placed } from './placed-file.js';
import type { OnStep } from './steps.js';

export interface ContentToWrite {
  readonly strapi: Strapi;
  /** Of the push. */
  readonly id: string;
  readonly restore: RestoreOptions;
  /** Null: what comes takes the place of all that `restore` names. */
  readonly changeset: Changeset | null;
  readonly source: TransferSource;
  /** The files that come. */
  readonly placed: Placed;
  /** Of them, the names of those that take the place of others. */
  readonly replacing: readonly string[];
  /** Keeps on the disk which files go. */
  readonly keepGoing: (going: GoingFiles) => Promise<void>;
  /** Throws where the push may not be committed any more. Called last. */
  readonly assertMay: () => Promise<void>;
  readonly onStep: OnStep;
  /** Called before the transaction; what it answers, after it. */
  readonly onTransaction: () => () => void;
  /** Of the Strapi, for people. */
  readonly name: string;
}

/** What each part of the transaction works with. */
export interface Writing extends ContentToWrite {
  readonly transaction: Knex.Transaction;
}
