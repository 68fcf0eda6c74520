import type { TransferSource } from '../../stores/store.js';
import type { Strapi } from '../strapi.js';
import type { FilePlan } from './file-plan.js';
import type { UploadsPlace } from './place.js';
import type { Placed } from './placed-file.js';

/** Where the files of a push go: onto the disk of this Strapi, or to its upload provider. */
export interface ComingFiles {
  /** Where each goes. Nothing changes yet. */
  plan(): Promise<FilePlan>;
  /** Puts those in place that disturb nothing that stands. */
  add(plan: FilePlan): Promise<Placed>;
  /** What of the plan may have been done: there is nothing else to take back. */
  begun(plan: FilePlan): FilePlan;
}

export interface ComingFilesOptions {
  readonly strapi: Strapi;
  readonly place: UploadsPlace;
  /** Of the push. */
  readonly id: string;
  /** What waits of it. */
  readonly source: TransferSource;
}
