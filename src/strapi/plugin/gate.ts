/** What waits while something else must not be disturbed. */
export interface Gate {
  /** Closes it; what it answers opens it again. Several may close it at a time: it opens when all have. */
  close(): () => void;
  /** Resolves when it is open. */
  passed(): Promise<void>;
}

export function createGate(): Gate {
  let closed = 0;
  let waiting: (() => void)[] = [];
  return {
    close() {
      let isOpen = false;
      closed += 1;
      return () => {
        if (isOpen) return;
        isOpen = true;
        closed -= 1;
        if (closed > 0) return;
        const all = waiting;
        waiting = [];
        for (const pass of all) pass();
      };
    },
    async passed() {
      while (closed > 0) await new Promise<void>((resolve) => waiting.push(resolve));
    },
  };
}
