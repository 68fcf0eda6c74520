import { type Scope, withConnection } from '../doctor/test-connection.js';
import type { Clock } from '../ports/clock.js';
import { checkConnectionOptions } from '../protocol/connection-options.js';
import { alsoSaying, toTransferError } from '../protocol/errors.js';
import type { FlagOptions } from './flags.js';

/**
 * Whether the destination's token lets a transfer in: the upgrade alone, then the socket is closed. A push that has
 * begun holds a Strapi's database, so none is open while a person reads.
 * @throws TransferError of the refused upgrade or the connection
 */
export async function checkToken(
  { to: url, toToken: token = '', toProxy: proxy, connectionOptions, backup }: FlagOptions,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const { connectTimeout: timeLimit } = checkConnectionOptions(connectionOptions);
  const scopes: readonly Scope[] = backup === undefined ? ['push'] : ['push', 'pull'];
  for (const scope of scopes) {
    try {
      await withConnection({ url, token, proxy, clock, timeLimit, signal }, scope, async () => null);
    } catch (thrown) {
      const error = toTransferError(thrown);
      if (error.code !== 'FORBIDDEN' || backup === undefined) throw error;
      const why = '--backup pulls before the transfer pushes.';
      throw alsoSaying(error, { scope: 'pull and push', why });
    }
  }
}
