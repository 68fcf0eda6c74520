import { type Recovery, removeDrafts } from '../place/lock.js';

/** All that a kill leaves beside an archive is what was being written. */
export const archiveRecovery: Recovery = {
  recover: removeDrafts,
  sweep: async () => {},
};
