/** What one pull takes of the memory that all of them share. */
export interface MemoryShare {
  /** Takes more. False where it would be too much for this pull, or for all of them: then nothing more is taken. */
  take(characters: number): boolean;
  /** Gives back all that was taken. */
  giveBack(): void;
}

/** In characters, of which each takes a byte or two. */
const defaultMost = { ofOne: 16 * 1024 * 1024, ofAll: 32 * 1024 * 1024 };

/** Memory for what pulls hold as text. @returns what makes a share of it */
export function createSharedMemory(most = defaultMost): () => MemoryShare {
  let ofAll = 0;
  return () => {
    let ofOne = 0;
    return {
      take(characters) {
        if (ofOne + characters > most.ofOne || ofAll + characters > most.ofAll) return false;
        ofOne += characters;
        ofAll += characters;
        return true;
      },
      giveBack() {
        ofAll -= ofOne;
        ofOne = 0;
      },
    };
  };
}
