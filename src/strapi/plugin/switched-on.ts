import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { isObject } from '../../protocol/plain-object.js';
import type { Strapi } from '../strapi.js';

/** What `config/plugins` says of Ferry. */
export type Declared = 'on' | 'absent' | 'unsaid';

const load = createRequire(import.meta.url);

/**
 * Whether `config/plugins` says `ferry: {enabled: true}`. Strapi switches on every dependency that is a plugin, and what it
 * keeps of the config does not tell a user's `enabled` from its own, so the files are read again as Strapi has read them.
 *
 * @param env - Strapi's helper for variables of the environment, which it hands to a config that is a function
 */
export function declaredIn({ dirs }: Strapi, env: unknown): Declared {
  const { config } = dirs.dist;
  const files = [
    join(config, 'plugins.js'),
    join(config, 'env', process.env['NODE_ENV'] ?? 'development', 'plugins.js'),
  ];
  const said = files.map((file) => (existsSync(file) ? entryOf(load(file), env) : undefined));
  if (said.every((entry) => entry === undefined)) return 'absent';
  return said.map(enabledOf).findLast((enabled) => enabled !== undefined) === true ? 'on' : 'unsaid';
}

/** A module of TypeScript, compiled, has its value under `default`. */
function entryOf(module: unknown, env: unknown): unknown {
  const value = isObject(module) && module['__esModule'] === true ? module['default'] : module;
  const plugins: unknown = typeof value === 'function' ? value({ env }) : value;
  return isObject(plugins) ? plugins['ferry'] : undefined;
}

const enabledOf = (entry: unknown): unknown => (isObject(entry) ? entry['enabled'] : entry);
