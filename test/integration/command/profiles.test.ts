import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { printNames } from '../../../src/cli/profiles/name-suggestions.js';
import { outcomeOf, runCommand } from '../../support/command.js';
import { examined } from '../../support/doctor-command.js';
import { smallServer } from '../../support/small-server.js';
import { enter, startTerminal } from '../../support/terminal.js';

let cwd = '';
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'ferry-named-'));
});
afterEach(() => rm(cwd, { recursive: true }));

/** Two servers that ferry.json calls staging and production. */
async function project() {
  const [staging, production] = [await smallServer(), await smallServer()];
  const ends = {
    staging: { url: staging.admin, token: 'STRAPI_TRANSFER_STAGING_TOKEN' },
    production: { url: production.admin, token: 'STRAPI_TRANSFER_PRODUCTION_TOKEN' },
    before: { path: 'backups/before.tar.gz' },
  };
  await writeFile(join(cwd, 'ferry.json'), JSON.stringify({ ends }));
  const env = {
    XDG_STATE_HOME: join(cwd, 'state'),
    STRAPI_TRANSFER_STAGING_TOKEN: staging.token,
    STRAPI_TRANSFER_PRODUCTION_TOKEN: production.token,
  };
  const origins = [staging, production].map(({ admin }) => new URL(admin).origin);
  const trust = origins.flatMap((origin) => ['--trust-host', origin]);
  return { env, trust, origins };
}

describe('names of ferry.json', () => {
  test('are ends of a transfer, of a backup, of a comparison, and what the doctor looks at', async () => {
    const { env, trust } = await project();
    const run = (parameters: readonly string[]) =>
      runCommand([...parameters, ...trust, '--json'], { env, cwd });
    const moved = await run(['transfer', 'staging', 'production', '--backup', 'before', '--force']);
    expect(outcomeOf(moved)).toMatchObject({ exitCode: 0 });
    expect(outcomeOf(await run(['diff', 'staging', 'production']))).toMatchObject({ exitCode: 0 });
    expect(outcomeOf(await run(['transfer', '--from', 'before', '--to', './content']))).toMatchObject({
      exitCode: 0,
    });
    expect(outcomeOf(await run(['diff', 'before', './content']))).toMatchObject({ exitCode: 0 });
    const { exitCode, states } = await examined('staging', trust, { env, cwd });
    expect({ exitCode, token: states['token'] }).toEqual({ exitCode: 0, token: 'ok' });
  });

  test('lead nowhere unasked: without a terminal each command wants --trust-host', async () => {
    const { env, origins } = await project();
    for (const parameters of [
      ['transfer', 'staging', './content'],
      ['diff', 'staging', 'production'],
      ['doctor', 'staging'],
    ]) {
      const result = await runCommand([...parameters, '--json'], { env, cwd });
      const { exitCode, error } = outcomeOf(result);
      expect({ exitCode, code: error?.code }).toEqual({ exitCode: 2, code: 'HOST_NOT_TRUSTED' });
      expect(error?.message).toContain(`--trust-host ${origins[0]}`);
    }
  });

  test('are asked about at a terminal, once', async () => {
    const { env, origins } = await project();
    const terminal = startTerminal(['doctor', 'staging', '--scope', 'pull'], { cwd, env, columns: 120 });
    await terminal.until(/where this user was never led before/);
    terminal.type('y');
    terminal.type(enter);
    expect((await terminal.done).exitCode).toBe(0);
    expect(await readFile(join(cwd, 'state/strapi-ferry/trusted-hosts'), 'utf8')).toBe(`${origins[0]}\n`);
    const { exitCode } = await examined('staging', [], { env, cwd });
    expect(exitCode).toBe(0);
  });

  test('complete', async () => {
    await project();
    const suggested = async (...words: string[]) => {
      let text = '';
      const before = process.cwd();
      process.chdir(cwd);
      await printNames(words, { stdout: { write: (more) => (text += more) } });
      process.chdir(before);
      return text
        .split('\n')
        .map((line) => line.split('\t')[0])
        .filter((name) => name !== '');
    };
    const names = ['staging', 'production', 'before'];
    expect(await suggested('transfer', '')).toEqual(names);
    expect(await suggested('transfer', 'st')).toEqual(['staging']);
    expect(await suggested('transfer', 'staging', 'p')).toEqual(['production']);
    expect(await suggested('transfer', '--from', '')).toEqual(names);
    expect(await suggested('transfer', '--from=pro')).toEqual(['production']);
    expect(await suggested('transfer', 'staging', 'production', '--backup', 'b')).toEqual(['before']);
    expect(await suggested('diff', 'staging', '')).toEqual(names);
    expect(await suggested('doctor', 's')).toEqual(['staging']);
    for (const words of [['transfer'], ['transfer', '--f'], ['transfer', '--only', ''], ['serve', 's'], ['']])
      expect(await suggested(...words)).toEqual([]);
  });
});

test('an end is given once, as a word or as a flag', async () => {
  for (const [parameters, option] of [
    [['transfer', './a', './b', '--to', './c'], '--to'],
    [['transfer', './a', '--from', './c', '--to', './d'], '--from'],
  ] as const) {
    const { exitCode, error } = outcomeOf(await runCommand([...parameters, '--json'], { cwd }));
    expect({ exitCode, code: error?.code, option: error?.details['option'] }).toEqual({
      exitCode: 2,
      code: 'INVALID_OPTION',
      option,
    });
  }
});
