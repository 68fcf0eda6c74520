import { afterEach } from 'vitest';

/** What a test has opened: closed after it, the last first. */
export const cleanUps: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});
