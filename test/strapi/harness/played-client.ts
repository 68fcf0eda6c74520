import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { MemoryContent } from '../../../src/stores/memory.js';
import type { ClientRunByUrl } from '../../../src/testing/conformance/scene-on-loopback.js';
import type { Version } from './app-folder.js';

/** Strapi's own engine and providers, in processes of their own. */
export interface PlayedClient {
  /** Resolves once it is there: loading takes seconds, which are none of the first transfer's. */
  start(): Promise<unknown>;
  /** Resolves with why it failed, or null; begins with `uncaught: ` where its process died. */
  run(about: ClientRunByUrl, content: MemoryContent): Promise<string | null>;
  stop(): void;
}

const script = fileURLToPath(new URL('./played-client.mjs', import.meta.url));

/** For several transfers at a time: most of what one takes is waiting. */
export function createPlayedClients(version: Version, count: number): PlayedClient {
  const all = Array.from({ length: count }, () => createPlayedClient(version));
  const free = [...all];
  return {
    start: () => Promise.all(all.map((client) => client.start())),
    async run(about, content) {
      const client = free.pop() ?? createPlayedClient(version);
      if (!all.includes(client)) all.push(client);
      try {
        return await client.run(about, content);
      } finally {
        free.push(client);
      }
    },
    stop() {
      for (const client of all) client.stop();
    },
  };
}

/** For one transfer after another. */
function createPlayedClient(version: Version): PlayedClient {
  let child: ChildProcess | null = null;
  let runs = 0;
  /** Who has died of a transfer is followed by another. */
  const alive = async (): Promise<ChildProcess> => {
    if (child?.connected === true) return child;
    child = fork(script, [version], {
      env: { ...process.env, NODE_OPTIONS: '', STRAPI_TELEMETRY_DISABLED: 'true' },
      execArgv: [],
      // Bytes of assets go over the channel as they are.
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    await once(child, 'message');
    return child;
  };
  return {
    start: alive,
    async run(about, content) {
      const running = await alive();
      runs += 1;
      const id = runs;
      running.send({ ...about, content, id });
      const error = await new Promise<string | null>((resolve) => {
        // What comes of a transfer that was given up is not this one's.
        const onMessage = (message: { readonly id: number; readonly error: string | null }) => {
          if (message.id !== id) return;
          running.off('message', onMessage);
          resolve(message.error);
        };
        running.on('message', onMessage);
      });
      if (error?.startsWith('uncaught: ')) await once(running, 'exit');
      return error;
    },
    stop() {
      child?.kill('SIGKILL');
    },
  };
}
