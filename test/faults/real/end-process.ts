import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** How a process ended: its exit code, null where a signal ended it, and what it wrote to stderr. */
interface Exit {
  readonly code: number | null;
  readonly stderr: string;
}

/** One end of a transfer, in a process of its own. */
export interface EndProcess {
  tell(message: object): void;
  /** What it says next; null where it is dead. */
  hear(): Promise<unknown>;
  /**
   * `kill -9`. Silently: stopped for good, as if its machine were off, so that its peer hears of nothing; `bury` ends it.
   */
  kill(isSilent: boolean): void;
  isDead(): boolean;
  /** Sleeps until `wake`. */
  sleep(): void;
  wake(): void;
  /** Where it has not ended by itself, it does now. */
  bury(): void;
  readonly exit: Promise<Exit>;
}

export function startEnd(file: 'client.mjs' | 'server.mjs'): EndProcess {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), {
    execArgv: [],
    env: { ...process.env, NODE_OPTIONS: '' },
    // Bytes stay bytes.
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const said: unknown[] = [];
  let stderr = '';
  let isDead = false;
  let isGone = false;
  let notify = () => {};
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  child.on('message', (message) => {
    said.push(message);
    notify();
  });
  child.once('disconnect', () => {
    isGone = true;
    notify();
  });
  const exit = new Promise<Exit>((resolve) => {
    child.once('close', (code) => resolve({ code, stderr }));
  });

  return {
    // One that has died meanwhile is heard of otherwise.
    tell: (message) => void child.send(message, () => {}),
    async hear() {
      while (said.length === 0 && !isGone && !isDead)
        await new Promise<void>((resolve) => {
          notify = resolve;
        });
      return said.shift() ?? null;
    },
    kill(isSilent) {
      isDead = child.kill(isSilent ? 'SIGSTOP' : 'SIGKILL');
      notify();
    },
    isDead: () => isDead,
    sleep: () => void child.kill('SIGSTOP'),
    wake: () => void child.kill('SIGCONT'),
    bury: () => void child.kill('SIGKILL'),
    exit,
  };
}
