import { type CommandEvent, type RunningCommand, runCommand, startCommand } from './command.js';

/** A line of `serve --json` about a transfer that has ended. */
interface ServedTransferEvent extends CommandEvent {
  readonly direction: 'push' | 'pull';
  readonly name: string;
  readonly counts: Readonly<Record<string, { readonly items: number; readonly bytes: number }>>;
  readonly fate: string;
  readonly failure: string | null;
}

export interface ServedFolder {
  readonly adminUrl: string;
  readonly token: string;
  readonly tokenName: string;
  readonly command: RunningCommand;
  /** The next transfer that ends, or has ended and was not asked for. */
  transfer(): Promise<ServedTransferEvent>;
  /** Stops it as an operator would; resolves with its exit code. */
  stop(): Promise<number | null>;
}

let tokens = 0;

/** `strapi-ferry serve <folder>` on a free port, with a token of its own for both directions. */
export async function serveFolder(folder: string, ...flags: readonly string[]): Promise<ServedFolder> {
  tokens += 1;
  const tokenName = `tester ${tokens}`;
  const token = await createToken(folder, 'push,pull', tokenName);
  const command = startCommand(['serve', folder, '--port', '0', '--json', ...flags]);
  const { url } = (await command.event(({ event }) => event === 'listening')) as CommandEvent & {
    url: string;
  };
  return {
    adminUrl: url,
    token,
    tokenName,
    command,
    transfer: async () => (await command.event(({ event }) => event === 'transfer')) as ServedTransferEvent,
    async stop() {
      command.kill('SIGTERM');
      return (await command.done).exitCode;
    },
  };
}

/** `strapi-ferry token create`: the key. */
export async function createToken(folder: string, scope: string, name: string): Promise<string> {
  const parameters = ['token', 'create', '--store', folder, '--scope', scope, '--name', name, '--json'];
  const { stdout, exitCode } = await runCommand(parameters);
  if (exitCode !== 0) throw new Error(`no token for ${folder}: ${stdout}`);
  return (JSON.parse(stdout) as { accessKey: string }).accessKey;
}
