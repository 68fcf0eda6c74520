import { proxyFor } from '../doctor/proxy-variable.js';
import { alsoSaying, type ErrorCode, type TransferError } from '../protocol/errors.js';
import type { Environment } from './host.js';

/** The errors in a network that lets connections out only through its proxy. */
const unreached: readonly ErrorCode[] = ['CONNECT_FAILED', 'CONNECT_TIMEOUT'];

/** The same error; if no connection came about, it names the variable of a proxy that is set for that server. */
export function mentioningProxy(error: TransferError, env: Environment): TransferError {
  const { url } = error.details;
  if (!unreached.includes(error.code) || typeof url !== 'string' || !URL.canParse(url)) return error;
  const variable = proxyFor(new URL(url), env);
  if (variable === null) return error;
  const proxy = `${variable.name} names the proxy ${variable.proxy} for this host, and it is not used: a transfer's WebSocket goes straight to the server. Where that is not allowed, run ferry on a machine that may, or through a tunnel such as ssh -L.`;
  return alsoSaying(error, { proxy });
}
