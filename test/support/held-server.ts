import { createMemoryStore, type MemoryStore } from '../../src/stores/memory.js';
import { type RunningServer, runServer } from './transfer-servers.js';

/** A server that keeps a push waiting where its entities begin. */
export interface HeldServer extends RunningServer {
  readonly store: MemoryStore;
  /** Lets the entities of every push in. */
  letGo(): void;
}

/** What a push does meanwhile is a test's to decide: nothing hangs on how fast a machine is. */
export async function runHeldServer(): Promise<HeldServer> {
  const store = createMemoryStore();
  let letGo = () => {};
  const goes = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const server = await runServer({
    destination() {
      const destination = store.destination();
      return {
        ...destination,
        async rowWriter(step) {
          if (step === 'entities') await goes;
          return destination.rowWriter(step);
        },
      };
    },
  });
  return {
    ...server,
    store,
    letGo: () => letGo(),
    async close() {
      letGo();
      await server.close();
    },
  };
}
