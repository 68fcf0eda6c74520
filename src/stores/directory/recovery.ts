import { type Recovery, removeDrafts } from '../place/lock.js';
import { leaveToTheNext } from '../place/place.js';
import { finishCommit } from './commit.js';
import { sweep } from './versions.js';

/** Cleans up what a kill leaves beside a folder: an unfinished commit, a version half written, versions replaced. */
export const folderRecovery: Recovery = {
  async recover(place) {
    await finishCommit(place);
    await place.files.remove(`${place.marker}.new`);
    await removeDrafts(place);
    await leaveToTheNext(() => sweep(place));
  },
  sweep,
};
