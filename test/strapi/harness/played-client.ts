import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { MemoryContent } from '../../../src/stores/memory.js';
import type { ClientRunByUrl } from '../../../src/testing/conformance/scene-on-loopback.js';
import type { Version } from './app-folder.js';

/** Strapi's own engine and providers in a process of their own, for one transfer after another. */
export interface PlayedClient {
  /** Resolves once it is there: loading it takes seconds, which are none of its first transfer's. */
  start(): Promise<unknown>;
  /** Resolves with why it failed, or null; begins with `uncaught: ` where its process died. */
  run(about: ClientRunByUrl, content: MemoryContent): Promise<string | null>;
  stop(): void;
}

const script = fileURLToPath(new URL('./played-client.mjs', import.meta.url));

export function createPlayedClient(version: Version): PlayedClient {
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
