import type { Diagnostic } from '../protocol/messages.js';
import type { Leftovers } from '../stores/store.js';

/**
 * A Strapi that rolls a push back restores its database, not its uploads: the old ones stay in a backup folder, new
 * partial ones in `uploads`; once the assets stage has ended, the old ones are gone. Files of another upload provider than
 * its own disk it deletes before the push, and moves none away first. Its diagnostics say which; this remembers it.
 */
export interface UploadsWatch {
  see(diagnostic: Diagnostic): void;
  leftovers(): Leftovers | undefined;
}

const created = /created assets backup directory (.+)$/;
const deleting = /deleting all assets/;
const removed = /successfully removed assets backup/;

export function createUploadsWatch(): UploadsWatch {
  let backup: string | null = null;
  let deletesElsewhere = false;
  let deleted = false;
  return {
    see({ message }) {
      const match = created.exec(message);
      if (match?.[1] !== undefined) backup = match[1];
      else if (deleting.test(message)) deletesElsewhere = backup === null;
      else if (removed.test(message)) deleted = true;
    },
    leftovers() {
      if (deletesElsewhere) return { filesDeleted: true };
      if (backup === null) return undefined;
      return deleted ? { uploadsDeleted: true } : { uploads: [backup] };
    },
  };
}
