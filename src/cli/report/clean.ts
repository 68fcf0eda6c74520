import { stripVTControlCharacters } from 'node:util';
import type { Host, Output } from '../host.js';
import { proxySecrets } from '../proxies.js';

const hidden = '[hidden]';

/** Control characters of both sets but tab and newline, and what turns the direction of a line: it can hide how it ends. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: those are what must not get through.
const steering = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

const withoutCodes = (text: string) => stripVTControlCharacters(text).replace(steering, '');

/** A transfer token has 256 hexadecimal digits, a sha256 64. */
const tokenLike = /\b[0-9a-f]{128,}\b/gi;
/** `https://user:password@host` */
const userInfo = /(\b[a-z][\w+.-]*:\/\/)[^/?#\s"'@]+@/gi;
/** `?token=…`; a page's address keeps its `#token=…`, which is there to be opened. */
const secretQuery = /([?&][\w.-]*(?:token|key|secret|passw|auth|credential|signature)[\w.-]*=)[^&\s"'#\\]+/gi;

export type Clean = (text: string) => string;

/** Without these secrets, without what looks like one, and without codes. */
export function cleanerOf(given: readonly (string | undefined)[]): Clean {
  const secrets = given
    .flatMap((secret) => (secret === undefined ? [] : [secret, JSON.stringify(secret).slice(1, -1)]))
    .filter((secret) => secret !== '')
    // The longest first: one may be a part of another.
    .sort((a, b) => b.length - a.length);
  return (text) =>
    secrets
      .reduce((rest, secret) => rest.replaceAll(secret, hidden), withoutCodes(text))
      .replace(tokenLike, hidden)
      .replace(userInfo, `$1${hidden}@`)
      .replace(secretQuery, `$1${hidden}`);
}

export function cleanedWithin(value: unknown, clean: Clean): unknown {
  if (typeof value === 'string') return clean(value);
  if (Array.isArray(value)) return value.map((one) => cleanedWithin(one, clean));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [clean(name), cleanedWithin(inner, clean)]),
  );
}

const isSecretName = (name: string) => /(token|key|password|secret)$/i.test(name);

/** The secrets of the environment, by the names of variables, and of the command line, by the names of flags. */
export function secretsIn({ env, argv = [] }: Pick<Host, 'env' | 'argv'>): string[] {
  const variables = Object.entries(env).filter(([name]) => /^STRAPI_/.test(name) && isSecretName(name));
  const typed = argv.flatMap((word, at) => {
    const [, flag = '', value] = /^--([\w-]+)(?:=(.*))?$/s.exec(word) ?? [];
    return isSecretName(flag) ? [value ?? argv[at + 1] ?? ''] : [];
  });
  return [...variables.map(([, value]) => value ?? ''), ...typed, ...proxySecrets(env)];
}

/** Characters. A shorter secret may be a part of any word by chance. */
const shortest = 8;

export const cleanerFor = (host: Pick<Host, 'env' | 'argv'>): Clean =>
  cleanerOf(secretsIn(host).filter((secret) => secret.length >= shortest));

export function cleanHost(host: Host): Host {
  const clean = cleanerFor(host);
  const cleaned = (output: Output): Output => ({
    write: (text, written) => output.write(clean(text), written),
    get isTTY() {
      return output.isTTY === true;
    },
    get columns() {
      return output.columns ?? 80;
    },
    get rows() {
      return output.rows ?? 24;
    },
  });
  return {
    stdin: host.stdin,
    stdout: cleaned(host.stdout),
    stderr: cleaned(host.stderr),
    env: host.env,
    openFiles: host.openFiles,
    get exitCode() {
      return host.exitCode;
    },
    set exitCode(code) {
      host.exitCode = code;
    },
    on: (signal, listener) => host.on(signal, listener),
    off: (signal, listener) => host.off(signal, listener),
    exit: (code) => host.exit(code),
  };
}
