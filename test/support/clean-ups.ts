import { onTestFinished } from 'vitest';

/** What a test has opened: closed after it, the last first. */
export const cleanUps = {
  push(cleanUp: () => unknown): void {
    onTestFinished(async () => {
      await cleanUp();
    });
  },
};
