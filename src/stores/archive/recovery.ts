import { type Recovery, removeDrafts } from '../place/lock.js';

/** A kill leaves beside an archive only unfinished files. */
export const archiveRecovery: Recovery = {
  recover: removeDrafts,
  sweep: async () => {},
};
