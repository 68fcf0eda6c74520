import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { ownFile } from '../../ports/own-file.js';
import { TransferError } from '../../protocol/errors.js';
import type { Environment } from '../host.js';

/** The servers, by scheme, host and port, to which this user lets a `ferry.json` lead. Each call throws TRUST_UNUSABLE. */
export interface TrustedHosts {
  has(origin: string): Promise<boolean>;
  add(origin: string): Promise<void>;
}

/** Kept in `$XDG_STATE_HOME/strapi-ferry/trusted-hosts` (`~/.local/state/…`), an origin a line, for this user alone. */
export function trustedHosts(env: Environment, uid = process.getuid?.()): TrustedHosts {
  const path = join(stateFolder(env), 'strapi-ferry', 'trusted-hosts');

  async function known(origin: string, add: boolean): Promise<boolean> {
    const unusable = (reason: string) => new TransferError('TRUST_UNUSABLE', { file: path, reason, origin });
    const file = ownFile({
      ...{ path, uid, denied: [0o022, 'can be written by other users'], longest: 1_048_576 },
      refuse: (of, fault) => unusable(`${of === 'folder' ? 'its folder' : 'it'} ${fault}`),
    });
    try {
      const origins = ((await file.read()) ?? '').split('\n').filter((line) => line !== '');
      if (add && !origins.includes(origin)) await file.put(`${[...origins, origin].join('\n')}\n`);
      return origins.includes(origin);
    } catch (error) {
      throw error instanceof TransferError ? error : unusable(String(Object(error).code ?? error));
    }
  }

  return {
    has: (origin) => known(origin, false),
    add: async (origin) => void (await known(origin, true)),
  };
}

function stateFolder(env: Environment): string {
  const [state = '', home = ''] = [env['XDG_STATE_HOME'], env['HOME']];
  if (isAbsolute(state)) return state;
  return join(isAbsolute(home) ? home : homedir(), '.local', 'state');
}
