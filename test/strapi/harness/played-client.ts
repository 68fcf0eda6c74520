import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { MemoryContent } from '../../../src/stores/memory.js';
import type { ClientRunByUrl } from '../../../src/testing/conformance/scene-on-loopback.js';
import type { Version } from './app-folder.js';

/** How one transfer of Strapi's client ended. */
interface PlayedEnd {
  /** Null where it says that all was done; begins with `uncaught: ` where its process died. */
  readonly error: string | null;
  /** Of `setInterval`, which it left running. */
  readonly timers: number;
}

/** Strapi's own engine and providers in a process of their own, for one transfer after another. */
export interface PlayedClient {
  run(about: ClientRunByUrl, content: MemoryContent): Promise<PlayedEnd>;
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
    async run(about, content) {
      const running = await alive();
      runs += 1;
      const id = runs;
      running.send({ ...about, content, id });
      const end = await new Promise<PlayedEnd>((resolve) => {
        // What comes of a transfer that was given up is not this one's.
        const onMessage = (message: PlayedEnd & { readonly id: number }) => {
          if (message.id !== id) return;
          running.off('message', onMessage);
          resolve(message);
        };
        running.on('message', onMessage);
      });
      if (end.error?.startsWith('uncaught: ')) await once(running, 'exit');
      return end;
    },
    stop() {
      child?.kill('SIGKILL');
    },
  };
}
