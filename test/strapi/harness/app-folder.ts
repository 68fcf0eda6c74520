import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DatabaseConnection } from '../../support/database-server.js';
import { type BootOptions, type Content, StrapiProcess } from './child.js';

export type Version = 'current' | 'older';

const root = fileURLToPath(new URL('..', import.meta.url));
const cache = join(root, 'node_modules', '.cache', 'strapi-ferry');
const salt = { FERRY_TOKEN_SALT: 'test-transfer-token-salt' };

/** A folder of its own for one Strapi: config and schemas, database and uploads. Packages are shared. */
export async function createAppFolder(version: Version, content: Content): Promise<string> {
  const template = await ensureTemplate(version, content);
  const folder = await mkdtemp(join(tmpdir(), 'ferry-strapi-'));
  await copy(template, folder);
  await linkPackages(version, folder);
  return folder;
}

/** The same with a database of a server: nothing is seeded yet, and no database is copied. */
export async function createServedFolder(
  version: Version,
  content: Content,
  database: DatabaseConnection,
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'ferry-strapi-'));
  await prepare(version, content, folder);
  await configureDatabase(folder, database);
  return folder;
}

/** Puts a database of a server in the place of the project's SQLite. @param pool - knex's; Strapi's where there is none */
export async function configureDatabase(
  folder: string,
  { client, ...connection }: DatabaseConnection,
  pool?: object,
): Promise<void> {
  const config = { connection: { client, connection, ...(pool === undefined ? {} : { pool }) } };
  await writeFile(join(folder, 'config', 'database.js'), `module.exports = ${JSON.stringify(config)};\n`);
}

/** Another set of attributes for articles: what a schema check has to notice. */
export async function alterArticleSchema(folder: string): Promise<void> {
  const file = join(folder, 'src/api/article/content-types/article/schema.json');
  const schema = JSON.parse(await readFile(file, 'utf8')) as { attributes: Record<string, object> };
  delete schema.attributes['mood'];
  schema.attributes['subtitle'] = { type: 'string' };
  schema.attributes['rating'] = { type: 'decimal' };
  await writeFile(file, JSON.stringify(schema, null, 2));
}

/** Another `admin.url`. */
export async function movePanel(folder: string, url: string): Promise<void> {
  const file = join(folder, 'config/admin.js');
  const config = await readFile(file, 'utf8');
  await writeFile(file, config.replace('=> ({', `=> ({ url: '${url}',`));
}

/** Seeding takes a quarter of a minute: done once for each version and content, then copied. */
async function ensureTemplate(version: Version, content: Content): Promise<string> {
  const label = `${version}-${contentLabel(content)}`;
  const name = `${label}-${await fingerprint(version)}`;
  await mkdir(cache, { recursive: true });
  const known = await readdir(cache);
  if (!known.includes(name)) {
    const draft = await mkdtemp(join(cache, '.draft-'));
    try {
      await seed(version, content, draft);
      // Another run may have been faster; then its folder stands, and it is as good as this one.
      await rename(draft, join(cache, name)).catch(ignoreExisting);
    } finally {
      await rm(draft, { recursive: true, force: true });
    }
    const outdated = known.filter((entry) => entry.startsWith(`${label}-`));
    for (const entry of outdated) await rm(join(cache, entry), { recursive: true, force: true });
  }
  return join(cache, name);
}

async function seed(version: Version, content: Content, folder: string): Promise<void> {
  await prepare(version, content, folder);
  const options: BootOptions = { appDir: folder, only: 'seed' };
  if (content !== 'none') options.seed = content;
  await new StrapiProcess(options, salt).seeded();
  await rm(join(folder, 'node_modules'));
}

async function prepare(version: Version, content: Content, folder: string): Promise<void> {
  await copy(join(root, 'app'), folder);
  await linkPackages(version, folder);
  if (hasEndUsers(version, content)) await addEndUsers(folder);
}

/** The older Strapi has no such plugin installed. */
const hasEndUsers = (version: Version, content: Content) => content === 'site' && version === 'current';

/** A Strapi looks for plugins in what its project depends on. */
async function addEndUsers(folder: string): Promise<void> {
  const file = join(folder, 'package.json');
  const manifest = JSON.parse(await readFile(file, 'utf8')) as object;
  const dependencies = { '@strapi/plugin-users-permissions': '*' };
  await writeFile(file, JSON.stringify({ ...manifest, dependencies }, null, 2));
}

function copy(from: string, to: string): Promise<void> {
  return cp(from, to, { recursive: true, mode: constants.COPYFILE_FICLONE });
}

async function linkPackages(version: Version, folder: string): Promise<void> {
  const packages = version === 'older' ? join(root, 'older', 'node_modules') : join(root, 'node_modules');
  await symlink(packages, join(folder, 'node_modules'), 'dir');
}

function contentLabel(content: Content): string {
  if (typeof content === 'string') return content;
  const { articles, authors, assetBytes, assetCount } = content;
  return `a${articles}${authors === undefined ? '' : `u${authors}`}b${assetBytes}c${assetCount}`;
}

/** Of everything that decides what a template holds. */
async function fingerprint(version: Version): Promise<string> {
  const hash = createHash('sha256');
  const lock = version === 'older' ? join('older', 'package-lock.json') : 'package-lock.json';
  for (const file of ['boot.mjs', lock, ...(await filesBelow('app')), ...(await filesBelow('seed'))]) {
    hash.update(`${file}\n`).update(await readFile(join(root, file)));
  }
  return hash.digest('hex').slice(0, 12);
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(join(root, folder), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length))
    .sort();
}

function ignoreExisting(error: unknown): void {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
}
