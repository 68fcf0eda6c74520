import { isServerUrl } from '../protocol/admin-url.js';
import { secretsOfProxy } from '../transport/proxy/proxy.js';
import { proxyFor, proxyVariables } from '../transport/proxy/proxy-variable.js';
import type { Environment } from './host.js';

/** Undefined for a path, and where the environment names none. @throws TransferError INVALID_OPTION */
export function proxyOf(end: string, env: Environment): string | undefined {
  if (!isServerUrl(end) || !URL.canParse(end)) return undefined;
  return proxyFor(new URL(end), env)?.address;
}

export const proxySecrets = (env: Environment): string[] =>
  proxyVariables.flatMap((name) => [name, name.toLowerCase()]).flatMap((name) => secretsOfProxy(env[name]));
