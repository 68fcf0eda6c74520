import { inject } from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    /** Stryker's: `static` where the mistake is there before a file is loaded. */
    mutantActivation?: 'static' | 'runtime';
    globalNamespace: string;
  }
}

// The thread lasts, and with it what Stryker has set in it: the mistake before this one is over.
if (inject('mutantActivation') !== 'static') {
  const stryker = Reflect.get(globalThis, inject('globalNamespace')) as { activeMutant?: string } | undefined;
  delete stryker?.activeMutant;
}
