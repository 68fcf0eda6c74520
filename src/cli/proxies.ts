import { isServerUrl } from '../protocol/admin-url.js';
import { secretsOfProxy } from '../transport/proxy/proxy.js';
import { proxyFor, proxyVariables } from '../transport/proxy/proxy-variable.js';
import type { Environment } from './host.js';

/**
 * The address of the proxy that the environment names for an end; undefined where it names none, and for folders and archives.
 * @throws TransferError INVALID_OPTION
 */
export function proxyOf(end: string, env: Environment): string | undefined {
  if (!isServerUrl(end) || !URL.canParse(end)) return undefined;
  return proxyFor(new URL(end), env)?.address;
}

/** The passwords of proxies that the environment names. */
export const proxySecrets = (env: Environment): string[] =>
  proxyVariables.flatMap((name) => [name, name.toLowerCase()]).flatMap((name) => secretsOfProxy(env[name]));
