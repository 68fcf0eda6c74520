import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createMemoryStore } from '../../../src/stores/memory.js';
import { createTransfer } from '../../../src/transfer/create-transfer.js';
import { runCommand } from '../../support/command.js';
import { type ServedScriptOptions, serveScript } from '../../support/served-script.js';
import { smallContent } from '../../support/small-content.js';
import { ctrlC, enter, hideCursor, showCursor, startTerminal } from '../../support/terminal.js';
import { treeOf } from '../../support/tree.js';

const token = 'planted-token-5b1f';
let cwd = '';

beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'ferry-terminal-'));
  for (const name of ['content', 'taken']) {
    await createTransfer({ from: createMemoryStore(smallContent).source(), to: join(cwd, name) }).done;
  }
  await mkdir(join(cwd, 'empty'));
  await writeFile(join(cwd, 'content.tar.gz.enc'), 'not read by these tests');
});
afterAll(() => rm(cwd, { recursive: true }));

/** A push to a scripted server, as someone at a terminal types it. */
async function pushing(options: Partial<ServedScriptOptions>, ...flags: string[]) {
  const server = await serveScript({ direction: 'push', ...options });
  const terminal = startTerminal(['transfer', '--from', 'content', '--to', server.url, ...flags], { cwd });
  return { server, terminal };
}

const replaced = /The transfer will delete existing data from 127\.0\.0\.1:\d+!/;
/** Of a server: a backup is offered. */
const isOffered = /Yes, replace it without a backup/;
const isAsked = /○ Yes \/ ● No/;

describe('at a terminal', () => {
  test('a push asks for the token without showing it, then whether content may be replaced', async () => {
    const { server, terminal } = await pushing({});
    await terminal.until(/Please enter your transfer token for the remote Strapi destination/);
    terminal.type(token + enter);
    await terminal.until(replaced);
    await terminal.until(isOffered);
    expect(server.open()).toBe(0);
    terminal.type('y');
    const { exitCode, raw } = await terminal.done;
    expect([exitCode, terminal.screen().join('\n')]).toEqual([0, expect.stringContaining('✔ done in ')]);
    expect(raw).not.toContain(token);
    await server.close();
  });

  test.each([
    ['n', 'at the question: nothing was changed'],
    [enter, 'at the question: nothing was changed'],
    [ctrlC, 'by Ctrl-C'],
  ])('%j to the question ends with 130, while no connection is open', async (typed, said) => {
    const { server, terminal } = await pushing({}, '--to-token', token);
    await terminal.until(isOffered);
    expect(server.open()).toBe(0);
    terminal.type(typed);
    expect(await terminal.done).toMatchObject({ exitCode: 130 });
    expect(terminal.screen().join(' ')).toContain(`ABORTED: The transfer was aborted ${said}.`);
    expect(server.script()?.requests ?? []).not.toContain('beforeTransfer');
    await server.close();
  });

  test('Ctrl-C where a token is asked for ends with 130', async () => {
    const { server, terminal } = await pushing({});
    await terminal.until(/Please enter your transfer token/);
    terminal.type(ctrlC);
    expect(await terminal.done).toMatchObject({ exitCode: 130 });
    await server.close();
  });

  test('--force asks nothing', async () => {
    const { server, terminal } = await pushing({}, '--to-token', token, '--force');
    expect(await terminal.done).toMatchObject({ exitCode: 0 });
    expect(terminal.screen().join('\n')).not.toMatch(replaced);
    await server.close();
  });

  test('a folder in which something stands is asked about, an empty one is not', async () => {
    const before = await treeOf(join(cwd, 'taken'));
    const asked = startTerminal(['transfer', '--from', 'content', '--to', 'taken'], { cwd });
    await asked.until(/The transfer will delete existing data from taken!/);
    await asked.until(isAsked);
    asked.type('n');
    expect(await asked.done).toMatchObject({ exitCode: 130 });
    expect(await treeOf(join(cwd, 'taken'))).toEqual(before);

    const again = startTerminal(['transfer', '--from', 'content', '--to', 'taken'], { cwd });
    await again.until(isAsked);
    again.type('y');
    expect(await again.done).toMatchObject({ exitCode: 0 });

    const empty = startTerminal(['transfer', '--from', 'content', '--to', 'empty'], { cwd });
    expect(await empty.done).toMatchObject({ exitCode: 0 });
    expect(empty.screen().join('\n')).not.toContain('Are you sure');
  });

  test.each(['--from-key', '--to-key'])('a bare %s asks for the password, hidden', async (flag) => {
    const ends = flag === '--to-key' ? ['content', 'fresh.tar.age'] : ['content.tar.gz.enc', 'fresh'];
    const terminal = startTerminal(['transfer', '--from', ends[0] ?? '', '--to', ends[1] ?? '', flag], {
      cwd,
    });
    await terminal.until(/Please enter (your decryption|an encryption) key/);
    terminal.type(ctrlC);
    expect(await terminal.done).toMatchObject({ exitCode: 130 });
  });

  test('it shows what it waits for, gives the cursor back after Ctrl-C, and ends with 130', async () => {
    const { server, terminal } = await pushing(
      { at: 'beforeTransfer', misbehave: () => {} },
      '--to-token',
      token,
      '--force',
    );
    await terminal.until(/waiting for the server to clear its content, 1 s/);
    terminal.resize(40, 24);
    await terminal.until(/waiting for the server to clear.*, [2-9] s/);
    terminal.type(ctrlC);
    await terminal.until(/restoring what was there before|ABORTED/);
    await server.close();
    const { exitCode, raw } = await terminal.done;
    expect(exitCode).toBe(130);
    expect(raw.lastIndexOf(showCursor)).toBeGreaterThan(raw.lastIndexOf(hideCursor));
  });

  test('a message that is sent again is told as it happens', async () => {
    const flags = ['--to-token', token, '--force', '--retry-message-timeout', '300'];
    const { server, terminal } = await pushing({ at: 'bootstrap', misbehave: () => {} }, ...flags);
    await terminal.until(/▲ no answer to bootstrap yet, asking again \(1\)/);
    expect(await terminal.done).toMatchObject({ exitCode: 0 });
    await server.close();
  });

  test('a password in a URL is not shown', async () => {
    const parameters = ['transfer', '--from', 'http://me:planted-word@a.example/admin', '--to', 'fresh'];
    const terminal = startTerminal(parameters, { cwd });
    const { exitCode, raw } = await terminal.done;
    expect(exitCode).toBe(2);
    expect(raw).not.toContain('planted-word');
  });

  test('NO_COLOR leaves no colour', async () => {
    const terminal = startTerminal(['transfer', '--from', 'content', '--to', 'taken', '--force'], {
      cwd,
      env: { NO_COLOR: '1' },
    });
    const { raw, exitCode } = await terminal.done;
    expect(exitCode).toBe(0);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there.
    expect(raw).not.toMatch(/\u001B\[[\d;]*m/);
  });
});

describe('where nobody can be asked it refuses at once and names the flag', () => {
  const push = (parameters: readonly string[], env: Record<string, string> = {}) =>
    runCommand(['transfer', '--from', 'content', '--to', 'http://127.0.0.1:9/admin', ...parameters], {
      cwd,
      env,
    });

  test('whether content may be replaced', async () => {
    const result = await push(['--to-token', token]);
    expect(result).toMatchObject({ exitCode: 2, stdout: '' });
    expect(result.stderr).toMatch(/^NOT_CONFIRMED: .*because stdin is no terminal\. Give --force/);
  });

  test('a token', async () => {
    const result = await push(['--force']);
    expect(result).toMatchObject({ exitCode: 2, stdout: '' });
    expect(result.stderr).toMatch(/^MISSING_TOKEN: .*--to-token or in STRAPI_TRANSFER_TO_TOKEN/);
  });

  test.each(['--from-key', '--to-key'])('the password of %s', async (flag) => {
    const ends = flag === '--to-key' ? ['content', 'fresh.tar.age'] : ['content.tar.gz.enc', 'fresh'];
    const parameters = ['transfer', '--from', ends[0] ?? '', '--to', ends[1] ?? '', flag];
    const result = await runCommand(parameters, { cwd });
    expect(result).toMatchObject({ exitCode: 2, stdout: '' });
    expect(result.stderr).toMatch(new RegExp(`^NO_PASSWORD: .*with ${flag} or in STRAPI_TRANSFER_`));
  });

  test.each(['content.tar.gz.enc', 'other.tar.age'])(
    'the password of %s, encrypted by its name',
    async (from) => {
      const result = await runCommand(['transfer', '--from', from, '--to', 'fresh'], { cwd });
      expect(result).toMatchObject({ exitCode: 2, stdout: '' });
      expect(result.stderr).toMatch(/^NO_PASSWORD: .*with --from-key or in STRAPI_TRANSFER_FROM_KEY/);
    },
  );

  test.each([
    ['CI is set', [], { CI: 'true' }],
    ['--json was given', ['--json'], {}],
  ])('at a terminal too, where %s', async (reason, flags, env) => {
    const parameters = ['transfer', '--from', 'content', '--to', 'http://127.0.0.1:9/admin'];
    const terminal = startTerminal([...parameters, '--to-token', token, ...flags], { cwd, env });
    expect(await terminal.done).toMatchObject({ exitCode: 2 });
    expect(terminal.screen().join('')).toContain(`because ${reason}`);
  });
});

test('STRAPI_TRANSFER_URL is the server of a push', async () => {
  const server = await serveScript({ direction: 'push' });
  const env = { STRAPI_TRANSFER_URL: server.url, STRAPI_TRANSFER_TOKEN: token };
  const result = await runCommand(['transfer', '--from', 'content', '--force'], { cwd, env });
  expect(result).toMatchObject({ exitCode: 0 });
  await server.close();
});

test('--force alone stops where the schemas differ; --schema-strategy ignore goes on and says what was lost', async () => {
  const other = join(cwd, 'other');
  const [uid = ''] = Object.keys(smallContent.schemas ?? {});
  const schemas = { ...smallContent.schemas, [uid]: { ...smallContent.schemas?.[uid], kind: 'singleType' } };
  await createTransfer({
    from: createMemoryStore({ ...smallContent, schemas } as typeof smallContent).source(),
    to: other,
  }).done;
  const server = await serveScript({ direction: 'push' });
  const parameters = ['transfer', '--from', other, '--to', server.url, '--to-token', token, '--force'];
  for (const flags of [[], ['--schema-strategy', 'strict']]) {
    const stopped = await runCommand([...parameters, ...flags]);
    expect(stopped.exitCode).toBe(5);
    expect(stopped.stderr).toMatch(/^SCHEMA_MISMATCH: .*--schema-strategy ignore/s);
    expect(stopped.stderr).not.toContain('--force');
  }
  expect(await runCommand([...parameters, '--schema-strategy', 'ignore'])).toMatchObject({ exitCode: 0 });
  await server.close();
});

test('what a server repeats of a token is hidden, with --verbose and with --json', async () => {
  for (const flag of ['--verbose', '--json']) {
    const server = await serveScript({
      direction: 'push',
      at: 'bootstrap',
      misbehave: ({ message, send }) => {
        const details = { message: `heard ${token}`, origin: token, createdAt: 0 };
        for (const kind of ['info', 'warning', 'error']) {
          send(JSON.stringify({ diagnostic: { kind, details }, uuid: message.uuid }));
        }
        send(
          JSON.stringify({
            uuid: message.uuid,
            data: null,
            error: { code: 'Error', message: `no ${token}` },
          }),
        );
      },
    });
    const parameters = ['transfer', '--from', 'content', '--to', server.url, '--to-token', token, '--force'];
    // runCommand rejects where the token can be read in what was written.
    const { exitCode, stdout, stderr } = await runCommand([...parameters, flag], { cwd });
    expect(exitCode).toBe(8);
    expect((stdout + stderr).match(/\[hidden\]/g)?.length).toBeGreaterThanOrEqual(4);
    await server.close();
  }
});
