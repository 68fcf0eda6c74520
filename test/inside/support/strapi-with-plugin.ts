import { execFile } from 'node:child_process';
import { cp, mkdir, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { FerryPluginOptions } from '../../../src/strapi/plugin/options.js';
import { type StrapiInstance, type StrapiOptions, startStrapi } from '../../strapi/harness/strapi.js';
import strapiManifest from '../../strapi/package.json' with { type: 'json' };

const { dependencies: packages } = strapiManifest;
const root = fileURLToPath(new URL('../../..', import.meta.url));
const script = new URL('in-strapi.mjs', import.meta.url).href;

/** What `config/plugins` says under `ferry`; left out: the package is a dependency, and `config/plugins` says nothing of it. */
export type Declared =
  | boolean
  | { readonly enabled?: unknown; readonly config?: FerryPluginOptions | Readonly<Record<string, unknown>> };

export interface WithPluginOptions extends Omit<StrapiOptions, 'prepare'> {
  /** @default {enabled: true} */
  readonly ferry?: Declared | undefined;
  /** The file that says so. @default 'plugins.js' */
  readonly file?: 'plugins.js' | 'env/production/plugins.js';
  /** Whether the project depends on the package. @default true */
  readonly installed?: boolean;
  /** Puts a copy in the place of a link: a bundler goes by where a file really lies. @default false */
  readonly copied?: boolean;
  /** Builds the admin panel, which takes half a minute, and serves it. @default false */
  readonly panelToo?: boolean;
  /** The file URL of a module that its process loads before anything else. */
  readonly preload?: string;
}

export interface StrapiWithPlugin extends StrapiInstance {
  /** Calls a function of in-strapi.mjs in its process. */
  inside<T>(name: string, params?: object): Promise<T>;
}

/** A real Strapi, in a process of its own, that has the built package among its own packages. */
export async function startStrapiWithPlugin(options: WithPluginOptions = {}): Promise<StrapiWithPlugin> {
  const { ferry, file, installed = true, panelToo = false, copied = panelToo, preload, ...others } = options;
  const declared = 'ferry' in options ? ferry : { enabled: true };
  const strapi = await startStrapi({
    ...others,
    async prepare(folder) {
      if (!installed) return {};
      // Strapi looks a plugin up from where its own packages really lie, and not from the project.
      const env = {
        NODE_PATH: join(folder, 'node_modules'),
        ...(preload === undefined ? {} : { NODE_OPTIONS: `--import "${preload}"` }),
      };
      // One that is started again has it, and says what it said unless it is told otherwise.
      if (others.appDir === undefined) await installPackage(folder, copied);
      else if (!('ferry' in options)) return env;
      if (declared !== undefined) await declare(folder, declared, file);
      if (panelToo) await buildPanel(folder, env);
      return { ...env, FERRY_TEST_PANEL: String(panelToo) };
    },
  });
  return {
    ...strapi,
    inside: <T>(name: string, params = {}) => strapi.run(script, name, params) as Promise<T>,
  };
}

/** Packages are shared: the folder gets links to them, and one to Ferry. */
async function installPackage(folder: string, copied: boolean): Promise<void> {
  const modules = join(folder, 'node_modules');
  const shared = await realpath(modules);
  await rm(modules);
  await mkdir(modules);
  for (const name of await readdir(shared))
    if (name !== '.cache') await symlink(join(shared, name), join(modules, name));
  const to = join(modules, 'strapi-ferry');
  if (copied) await copyPackage(to);
  else await symlink(root, to);
  await addDependencies(folder, { 'strapi-ferry': '*' });
}

async function addDependencies(folder: string, more: object): Promise<void> {
  const file = join(folder, 'package.json');
  const manifest = JSON.parse(await readFile(file, 'utf8')) as { dependencies?: object };
  const dependencies = { ...manifest.dependencies, ...more };
  await writeFile(file, JSON.stringify({ ...manifest, dependencies }, null, 2));
}

async function copyPackage(to: string): Promise<void> {
  await cp(join(root, 'dist'), join(to, 'dist'), { recursive: true });
  await cp(join(root, 'package.json'), join(to, 'package.json'));
  await symlink(join(root, 'node_modules'), join(to, 'node_modules'));
}

async function buildPanel(folder: string, env: Readonly<Record<string, string>>): Promise<void> {
  // Of a project, Strapi's build wants them named.
  const { react, ...others } = packages;
  await addDependencies(folder, {
    react,
    'react-dom': others['react-dom'],
    'react-router-dom': others['react-router-dom'],
    'styled-components': others['styled-components'],
  });
  const command = join(folder, 'node_modules', '@strapi', 'strapi', 'bin', 'strapi.js');
  await promisify(execFile)(process.execPath, [command, 'build'], {
    cwd: folder,
    env: {
      ...process.env,
      NODE_OPTIONS: '',
      NODE_ENV: 'production',
      STRAPI_TELEMETRY_DISABLED: 'true',
      ...env,
    },
  });
}

/** Adds to what the file says already. */
async function declare(folder: string, ferry: Declared, file = 'plugins.js'): Promise<void> {
  const path = join(folder, 'config', file);
  const before = await readFile(path, 'utf8').catch(() => 'module.exports = () => ({})');
  await mkdir(join(path, '..'), { recursive: true });
  const plugins = `(${before.replace(/^module\.exports\s*=\s*/, '').replace(/;\s*$/, '')})(helpers)`;
  await writeFile(
    path,
    `module.exports = (helpers) => ({ ...${plugins}, ferry: ${JSON.stringify(ferry)} });\n`,
  );
}
