import { constants } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { checkAdminUrl } from '../../protocol/admin-url.js';
import { TransferError, toTransferError } from '../../protocol/errors.js';
import { parseJson } from '../../protocol/json.js';
import { isObject } from '../../protocol/plain-object.js';

export interface NamedEnd {
  readonly end: string;
  /** Of a server: scheme, host and port, as it is trusted; null of what is no server. */
  readonly origin: string | null;
  readonly variable: string | null;
}

export interface Profiles {
  readonly file: string;
  readonly ends: ReadonlyMap<string, NamedEnd>;
}

const profileFile = 'ferry.json';

/** Bytes. A project has a few ends. */
const longest = 65_536;
const limits = { values: 2000, depth: 4 };

export const isName = (text: string): boolean => /^[a-z][a-z0-9_-]{0,63}$/i.test(text);

const tokenVariable = /^STRAPI_TRANSFER_([A-Z0-9]+_)*TOKEN$/;
const keyVariable = /^STRAPI_TRANSFER_([A-Z0-9]+_)*KEY$/;

/**
 * The ends that `ferry.json` names: of this folder or, in a repository, of the nearest folder above it up to its root. Null
 * where there is none.
 * @throws TransferError INVALID_PROFILES
 */
export async function readProfiles(folder: string): Promise<Profiles | null> {
  for (const place of await foldersFrom(folder)) {
    const file = join(place, profileFile);
    const text = await textOf(file);
    if (text !== null) return { file, ends: endsOf(text, file) };
  }
  return null;
}

/** This folder, and those above it up to the root of its repository; outside of one, this folder alone. */
async function foldersFrom(folder: string): Promise<readonly string[]> {
  const folders = [resolve(folder)];
  for (;;) {
    const at = folders.at(-1) ?? '';
    if (await exists(join(at, '.git'))) return folders;
    const above = dirname(at);
    if (above === at) return [resolve(folder)];
    folders.push(above);
  }
}

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  );

async function textOf(file: string): Promise<string | null> {
  // A pipe in its place must not hold the process; Windows lacks the flag.
  const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);
  const handle = await open(file, flags).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
    throw invalid(file, `it cannot be read (${error.code ?? error.message})`);
  });
  if (handle === null) return null;
  try {
    if (!(await handle.stat()).isFile()) throw invalid(file, 'it is no file');
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(longest + 1), 0, longest + 1, 0);
    if (bytesRead > longest) throw invalid(file, `it has more than ${longest} bytes`);
    return buffer.toString('utf8', 0, bytesRead);
  } finally {
    await handle.close();
  }
}

function endsOf(text: string, file: string): ReadonlyMap<string, NamedEnd> {
  let content: unknown;
  try {
    content = parseJson(text.replace(/^\uFEFF/, ''), limits);
  } catch (error) {
    throw invalid(file, error instanceof SyntaxError ? 'it is no JSON' : String(Object(error).message));
  }
  const { ends } = fieldsOf(content, 'it', ['ends'], file);
  if (!isObject(ends)) throw invalid(file, 'ends is no object: it holds an end for each name');
  return new Map(
    Object.entries(ends).map(([name, end]) => {
      if (!isName(name)) {
        const rule = 'a name is 1 to 64 letters, digits, - and _, and begins with a letter';
        throw invalid(file, `ends has the name ${quoted(name)}: ${rule}`);
      }
      return [name, endOf(end, name, file)];
    }),
  );
}

function endOf(given: unknown, name: string, file: string): NamedEnd {
  const place = `ends.${name}`;
  const { url, token, path, key } = fieldsOf(given, place, ['url', 'token', 'path', 'key'], file);
  if ((url === undefined) === (path === undefined)) {
    throw invalid(
      file,
      `${place} has ${url === undefined ? 'no' : 'both a'} url and path: an end has one of the two`,
    );
  }
  if (path !== undefined) {
    if (token !== undefined) throw invalid(file, `${place} has a token, and a path needs none`);
    return {
      end: resolve(dirname(file), pathOf(path, place, file)),
      origin: null,
      variable: variableOf(key, `${place}.key`, keyVariable, file),
    };
  }
  if (key !== undefined) throw invalid(file, `${place} has a key, and that is of a path`);
  const address = urlOf(url, place, file);
  return {
    end: address.href,
    origin: address.origin,
    variable: variableOf(token, `${place}.token`, tokenVariable, file),
  };
}

function urlOf(url: unknown, place: string, file: string): URL {
  if (typeof url !== 'string') throw invalid(file, `${place}.url is no text`);
  try {
    return checkAdminUrl(url);
  } catch (error) {
    throw invalid(file, `${place}.url: ${toTransferError(error).message.replace(/\.$/, '')}`);
  }
}

/** A file that came with a project names nothing outside of it. */
function pathOf(path: unknown, place: string, file: string): string {
  if (typeof path !== 'string' || path === '') throw invalid(file, `${place}.path is no path`);
  const parts = path.split(/[\\/]/);
  const leaves = isAbsolute(path) || /^[a-z]:/i.test(path) || path.startsWith('\\') || parts.includes('..');
  if (!leaves && !path.startsWith('~') && !path.includes('\0')) return path;
  const rule = `it is relative to the folder of ${profileFile}, and does not leave it`;
  throw invalid(file, `${place}.path is ${quoted(path)}: ${rule}`);
}

function variableOf(given: unknown, place: string, form: RegExp, file: string): string | null {
  if (given === undefined) return null;
  if (typeof given === 'string' && form.test(given)) return given;
  const example = form === tokenVariable ? 'STRAPI_TRANSFER_STAGING_TOKEN' : 'STRAPI_TRANSFER_BACKUP_KEY';
  // What stands there may be the secret itself.
  throw invalid(
    file,
    `${place} is no name of a variable such as ${example}: the secret itself never stands in this file`,
  );
}

function fieldsOf(
  value: unknown,
  place: string,
  known: readonly string[],
  file: string,
): Readonly<Record<string, unknown>> {
  const allowed = `${place} may have ${known.join(', ')}`;
  if (!isObject(value)) throw invalid(file, `${place} is no object: ${allowed}`);
  const unknown = Object.keys(value).find((name) => !known.includes(name));
  if (unknown !== undefined) throw invalid(file, `${place} has ${quoted(unknown)}: ${allowed}`);
  return value;
}

const quoted = (text: string) => JSON.stringify(text.length > 64 ? `${text.slice(0, 64)}…` : text);

const invalid = (file: string, reason: string) => new TransferError('INVALID_PROFILES', { file, reason });
