import { EventEmitter } from 'node:events';
import type { Environment, Host } from '../../src/cli/host.js';
import type { CommandEvent } from './command.js';

/** The process of a command that runs in this one. */
export interface TestHost extends Host {
  readonly written: { out: string; err: string };
  /** The codes that it was to exit with at once. */
  readonly exits: readonly number[];
  /** As if the process were sent it, or ended. */
  signal(name: NodeJS.Signals | 'exit'): void;
  /** The lines of `--json` so far. */
  events(): readonly CommandEvent[];
  /** Resolves as soon as stdout has this in it. */
  until(fits: RegExp): Promise<void>;
}

/** What a test wants of a host beside its environment. */
export interface TestHostSettings {
  readonly argv?: readonly string[];
  /** Is told everything that is written. */
  readonly wrote?: (name: 'out' | 'err', text: string) => void;
  /** @default notes the code in `exits` */
  readonly exit?: (code: number) => void;
}

export function testHost(env: Environment = {}, { argv, wrote, exit }: TestHostSettings = {}): TestHost {
  const written = { out: '', err: '' };
  const exits: number[] = [];
  const signals = new EventEmitter();
  const texts = new EventEmitter();
  const sink = (name: 'out' | 'err') => ({
    write(text: string, done?: (fault?: Error | null) => void) {
      written[name] += text;
      wrote?.(name, text);
      done?.();
      texts.emit('text');
    },
  });
  return {
    written,
    exits,
    stdin: { isTTY: false },
    ...(argv === undefined ? {} : { argv }),
    stdout: sink('out'),
    stderr: sink('err'),
    env,
    on: (name, listener) => signals.on(name, listener),
    off: (name, listener) => signals.off(name, listener),
    exit: exit ?? ((code) => exits.push(code)),
    signal: (name) => void signals.emit(name),
    events: () =>
      written.out
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as CommandEvent),
    until: (fits) =>
      new Promise((resolve) => {
        const look = () => {
          if (!fits.test(written.out)) return;
          texts.off('text', look);
          resolve();
        };
        texts.on('text', look);
        look();
      }),
  };
}
