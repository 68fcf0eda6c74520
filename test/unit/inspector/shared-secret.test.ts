import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type SecretPlace, userSecret } from '../../../src/inspector/shared-secret.js';
import { cleanUps } from '../../support/clean-ups.js';

function place(): SecretPlace & { readonly folder: string; readonly path: string } {
  const temporary = mkdtempSync(join(tmpdir(), 'ferry-secret-'));
  cleanUps.push(() => rmSync(temporary, { recursive: true }));
  const uid = process.getuid?.() ?? 0;
  const folder = join(temporary, `strapi-ferry-${uid}`);
  return { env: {}, temporary, uid, folder, path: join(folder, 'inspector-secret') };
}

const mode = (path: string) => (lstatSync(path).mode & 0o777).toString(8);

describe('the secret of a user', () => {
  test('is one for all processes that ask at the same time, whole, and closed to others', async () => {
    const here = place();
    const secrets = await Promise.all(Array.from({ length: 20 }, () => userSecret(here)));
    expect(new Set(secrets).size).toBe(1);
    expect(secrets[0]).toMatch(/^[0-9a-f]{64}$/);
    expect(readFileSync(here.path, 'utf8')).toBe(secrets[0]);
    expect([mode(here.folder), mode(here.path)]).toEqual(['700', '600']);
    expect(readdirSync(here.folder)).toEqual(['inspector-secret']);
    expect(await userSecret(here)).toBe(secrets[0]);
  });

  test('lies in XDG_RUNTIME_DIR where that is the user’s', async () => {
    const here = place();
    const runtime = mkdtempSync(join(here.temporary, 'run-'));
    const secret = await userSecret({ ...here, env: { XDG_RUNTIME_DIR: runtime } });
    expect(readFileSync(join(runtime, 'strapi-ferry', 'inspector-secret'), 'utf8')).toBe(secret);
  });

  test.each([
    ['is no whole path', 'run'],
    ['is not there', '/nowhere/run'],
  ])('lies in the temporary folder where XDG_RUNTIME_DIR %s', async (_, runtime) => {
    const here = place();
    const secret = await userSecret({ ...here, env: { XDG_RUNTIME_DIR: runtime } });
    expect(readFileSync(here.path, 'utf8')).toBe(secret);
  });

  test('lies in the temporary folder where XDG_RUNTIME_DIR is another user’s', async () => {
    const here = place();
    const runtime = mkdtempSync(join(here.temporary, 'run-'));
    const uid = (here.uid ?? 0) + 1;
    const asking = userSecret({ ...here, env: { XDG_RUNTIME_DIR: runtime }, uid });
    // The folder that was made for the other user is ours all the same.
    await expect(asking).rejects.toThrow(`strapi-ferry-${uid} belongs to the user`);
    expect(readdirSync(runtime)).toEqual([]);
  });

  const faults: readonly [string, RegExp, (path: string) => void][] = [
    ['a folder open to others', /is open to other users/, (path) => chmodSync(dirname(path), 0o750)],
    ['a file open to others', /is open to other users/, (path) => chmodSync(path, 0o640)],
    [
      'a link in place of the folder',
      /is a link/,
      (path) => {
        const folder = dirname(path);
        rmSync(folder, { recursive: true });
        mkdirSync(`${folder}-elsewhere`, { mode: 0o700 });
        symlinkSync(`${folder}-elsewhere`, folder);
      },
    ],
    [
      'a file in place of the folder',
      /is a link, or of another kind/,
      (path) => {
        rmSync(dirname(path), { recursive: true });
        writeFileSync(dirname(path), '');
      },
    ],
    [
      'a link in place of the file',
      /is a link/,
      (path) => {
        rmSync(path);
        writeFileSync(`${path}-elsewhere`, 'a'.repeat(64), { mode: 0o600 });
        symlinkSync(`${path}-elsewhere`, path);
      },
    ],
    [
      'a folder in place of the file',
      /is a link, or of another kind/,
      (path) => {
        rmSync(path);
        mkdirSync(path, { mode: 0o700 });
      },
    ],
    [
      'a pipe in place of the file',
      /is a link, or of another kind/,
      (path) => {
        rmSync(path);
        execFileSync('mkfifo', ['-m', '600', path]);
      },
    ],
    ['an empty file', /holds no secret/, (path) => writeFileSync(path, '')],
    ['a short secret', /holds no secret/, (path) => writeFileSync(path, 'abc')],
    ['a long secret', /holds no secret/, (path) => writeFileSync(path, 'a'.repeat(65))],
  ];

  test.each(faults)('is not taken from %s, and the message says what to do', async (_, reason, spoil) => {
    const here = place();
    await userSecret(here);
    spoil(here.path);
    const asking = userSecret(here);
    await expect(asking).rejects.toThrow(reason);
    await expect(asking).rejects.toThrow('remove it, or set XDG_RUNTIME_DIR to a folder of yours');
  });

  test.runIf(process.getuid?.() === 0)('is not taken from a file that another user has planted', async () => {
    const here = place();
    await userSecret(here);
    chownSync(here.path, 12_345, 12_345);
    await expect(userSecret(here)).rejects.toThrow('inspector-secret belongs to the user 12345');
  });

  test('is looked after by the system where there are no user ids', async () => {
    const here = place();
    const secret = await userSecret({ ...here, uid: undefined });
    expect(readFileSync(join(here.temporary, 'strapi-ferry', 'inspector-secret'), 'utf8')).toBe(secret);
  });
});
