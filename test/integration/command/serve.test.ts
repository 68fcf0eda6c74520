import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import WebSocket from 'ws';
import { createMemoryStore } from '../../../src/stores/memory.js';
import type { TransferSource } from '../../../src/stores/store.js';
import { createTransfer } from '../../../src/transfer/create-transfer.js';
import { eventsOf, outcomeOf, runCommand, startCommand } from '../../support/command.js';
import { createToken, type ServedFolder, serveFolder } from '../../support/served-command.js';
import { treeOf } from '../../support/tree.js';

const sample = fileURLToPath(new URL('../../fixtures/sample-export', import.meta.url));
const inSample = { entities: 24, assets: 4, links: 74, configuration: 8 };

let scratch = '';
let cwd = '';
let folder = '';
const servers: ServedFolder[] = [];

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'ferry-serve-'));
});
beforeEach(async () => {
  cwd = await mkdtemp(join(scratch, 'case-'));
  folder = join(cwd, 'content');
});
afterEach(async () => {
  for (const { stop } of servers.splice(0)) await stop();
});
afterAll(() => rm(scratch, { recursive: true }));

async function serve(...flags: readonly string[]): Promise<ServedFolder> {
  const server = await serveFolder(folder, ...flags);
  servers.push(server);
  return server;
}

const push = (from: string | TransferSource, { adminUrl, token }: ServedFolder) =>
  createTransfer({ from, to: adminUrl, toToken: token });
const pull = ({ adminUrl, token }: ServedFolder, to: string) =>
  createTransfer({ from: adminUrl, fromToken: token, to });

/** A push that stays in its first stage. */
function stalled(): TransferSource {
  const rows = createMemoryStore({ metadata: { createdAt: 'new' } }).source();
  return {
    ...rows,
    rereads: false,
    async *rows() {
      yield [{ type: 'api::page.page', id: 1, data: {} }] as never;
      await new Promise(() => {});
    },
  };
}

describe('a served folder', () => {
  test('is an empty store where it is missing, and holds what was pushed to it', async () => {
    const server = await serve();
    expect(server.adminUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/admin$/);
    await pull(server, join(cwd, 'nothing')).done;
    expect(await server.transfer()).toMatchObject({ direction: 'pull', counts: {}, fate: 'completed' });

    await push(sample, server).done;
    expect(await server.transfer()).toMatchObject({ direction: 'push', fate: 'completed', failure: null });
    expect((await runCommand(['diff', sample, folder])).exitCode).toBe(0);
    // What Strapi's client brings neither of comes with ours.
    const metadata = await readFile(join(sample, 'metadata.json'), 'utf8');
    expect(JSON.parse(await readFile(join(folder, 'metadata.json'), 'utf8'))).toEqual(JSON.parse(metadata));
    expect(await readdir(join(folder, 'schemas'))).toEqual(['schemas_00001.jsonl']);

    await pull(server, join(cwd, 'pulled')).done;
    const { counts } = await server.transfer();
    const moved = Object.entries(counts).map(([step, { items }]) => [step, items]);
    expect(Object.fromEntries(moved)).toEqual(inSample);
    expect(counts['assets']).toEqual({ items: 4, bytes: 3650 });
    expect((await runCommand(['diff', sample, join(cwd, 'pulled')])).exitCode).toBe(0);
  });

  test('has the schemas of another export where it has none of its own', async () => {
    const server = await serve('--schemas', sample);
    await pull(server, join(cwd, 'pulled')).done;
    const lines = await readFile(join(cwd, 'pulled', 'schemas', 'schemas_00001.jsonl'), 'utf8');
    expect(lines.split('\n').filter((line) => line !== '')).toHaveLength(8);
  });

  test('takes no push where it is read-only, and says so', async () => {
    await cp(sample, folder, { recursive: true });
    const before = await treeOf(folder);
    const server = await serve('--read-only');
    await expect(push(sample, server).done).rejects.toMatchObject({
      code: 'PEER_ERROR',
      message: expect.stringContaining('takes no push: it is read-only'),
    });
    expect(await server.transfer()).toMatchObject({ fate: 'none', failure: 'NOT_SERVED' });
    await pull(server, join(cwd, 'pulled')).done;
    expect(await treeOf(folder)).toEqual(before);
  });

  test('is served over https, under the path that was asked for', async () => {
    const [cert, key] = [join(cwd, 'cert.pem'), join(cwd, 'key.pem')];
    const request = 'req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=localhost';
    execFileSync('openssl', [...request.split(' '), '-keyout', key, '-out', cert], { stdio: 'ignore' });
    const server = await serve('--tls-cert', cert, '--tls-key', key, '--path', 'cms/');
    expect(server.adminUrl).toMatch(/^https:\/\/127\.0\.0\.1:\d+\/cms$/);
    const route = `${server.adminUrl.replace('https', 'wss')}/transfer/runner/push`;
    const headers = { Authorization: `Bearer ${server.token}` };
    const socket = new WebSocket(route, { headers, rejectUnauthorized: false });
    await once(socket, 'open');
    socket.close();
    expect(await server.transfer()).toMatchObject({ fate: 'none', failure: null });
  });
});

test('tells in one line who moved what, how much, for how long, and how it ended', async () => {
  const token = await createToken(folder, 'push,pull', 'nightly');
  const command = startCommand(['serve', folder, '--port', '0']);
  const url = await command.line(/ serving .+ at (.+)$/);
  await command.line(/ (1 valid token: nightly \(push and pull\))$/);
  await createTransfer({ from: sample, to: url, toToken: token }).done;
  await createTransfer({ from: url, fromToken: token, to: join(cwd, 'pulled') }).done;
  await createTransfer({ from: sample, to: url, toToken: token, dryRun: true }).done;
  await command.line(/ (push by nightly .* nothing was changed .+)$/);
  const refused = createTransfer({ from: url, fromToken: 'guessed', to: join(cwd, 'other') });
  await expect(refused.done).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
  await command.line(/ (refused .+)$/);
  command.kill('SIGTERM');
  const { stdout, exitCode } = await command.done;
  const time = '\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ';
  const what = '24 entities, 4 assets \\(3.6 KiB\\), 74 links, 8 configuration in \\d.\\d s, completed';
  const [, , first, second, dry, third, last] = stdout.split('\n');
  expect(first).toMatch(new RegExp(`^${time} push by nightly from 127.0.0.1: ${what}$`));
  expect(second).toMatch(new RegExp(`^${time} pull by nightly from 127.0.0.1: ${what}$`));
  expect(dry).toMatch(/push by nightly from 127.0.0.1: nothing in .*, nothing was changed \(a dry run/);
  expect(third).toMatch(new RegExp(`^${time} refused a pull from 127.0.0.1: UNAUTHORIZED$`));
  expect(last).toMatch(new RegExp(`^${time} stopped$`));
  expect(exitCode).toBe(0);
});

test('says how to make a token where there is none', async () => {
  const command = startCommand(['serve', folder, '--port', '0']);
  await command.line(/ serving .+ at (.+)$/);
  command.kill('SIGINT');
  const { stderr, exitCode } = await command.done;
  expect(stderr).toContain(`strapi-ferry token create --store ${folder} --scope push,pull`);
  expect(exitCode).toBe(0);
});

describe('told to stop', () => {
  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'by %s it closes what is in work and leaves the old content',
    async (signal) => {
      await cp(sample, folder, { recursive: true });
      const server = await serve();
      const before = await treeOf(folder);
      const transfer = push(stalled(), server);
      await new Promise<void>((moved) => transfer.actor.on('stage.moved', () => moved()));
      server.command.kill(signal);
      await expect(transfer.done).rejects.toMatchObject({
        code: 'CONNECTION_CLOSED',
        details: expect.objectContaining({ closeCode: 1001 }),
      });
      const result = await server.command.done;
      expect(result).toMatchObject({ exitCode: 0, stderr: '' });
      expect(eventsOf(result).slice(1)).toMatchObject([
        { event: 'tokens', valid: [{ scopes: ['push', 'pull'] }], expired: 0 },
        { event: 'transfer', fate: 'begun', failure: 'SERVER_STOPPED' },
        { event: 'stopped' },
      ]);
      expect(await treeOf(folder)).toEqual(before);
      expect(await readdir(`${folder}.ferry`)).toEqual(['tokens']);
    },
  );

  test('twice it does not wait for a client that does not let go', async () => {
    const server = await serve();
    const headers = { Authorization: `Bearer ${server.token}` };
    const route = `${server.adminUrl.replace('http', 'ws')}/transfer/runner/pull`;
    const [holding, witness] = [new WebSocket(route, { headers }), new WebSocket(route, { headers })];
    await Promise.all([once(holding, 'open'), once(witness, 'open')]);
    holding.pause();
    server.command.kill('SIGINT');
    // It says goodbye to all of them at once: the first signal has arrived.
    await once(witness, 'close');
    server.command.kill('SIGINT');
    expect(await server.command.done).toMatchObject({ exitCode: 130 });
    holding.terminate();
  });
});

describe('does not start, and says why,', () => {
  const attempt = async (...flags: readonly string[]) =>
    outcomeOf(await runCommand(['serve', folder, '--json', ...flags]));

  test('where the port is in use', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    expect(await attempt('--port', String(port))).toMatchObject({
      exitCode: 2,
      error: { message: expect.stringContaining('another program listens there') },
    });
    other.close();
  });

  test.each([
    [['--port', 'http'], 'use 0 to 65535'],
    [['--port', '70000'], 'use 0 to 65535'],
    [['--path', '/a b'], 'use a path such as /admin'],
    [['--host', '203.0.113.7', '--port', '0'], 'this machine cannot listen there (EADDRNOTAVAIL)'],
    [['--tls-cert', 'cert.pem'], 'give --tls-key with it'],
    [['--tls-key', 'key.pem'], 'give --tls-cert with it'],
    [['--tls-cert', '/nowhere.pem', '--tls-key', '/nowhere.pem'], 'it cannot be read (ENOENT)'],
    [
      ['--tls-cert', join(sample, 'metadata.json'), '--tls-key', join(sample, 'metadata.json')],
      'that fit each other',
    ],
  ])('with %j', async (flags, reason) => {
    const { exitCode, error } = await attempt(...flags);
    expect(error).toMatchObject({ code: 'INVALID_OPTION', message: expect.stringContaining(reason) });
    expect(exitCode).toBe(2);
  });

  test('where the folder holds something else: the first push would replace it', async () => {
    await mkdir(folder);
    await writeFile(join(folder, 'thesis.txt'), 'years of work');
    const text = await runCommand(['serve', folder]);
    expect(text.stderr).toMatch(/^NOT_AN_EXPORT: .+/);
    expect(text.exitCode).toBe(6);
  });

  test('where the folder holds more than an export, unless it takes no push', async () => {
    await cp(sample, folder, { recursive: true });
    await writeFile(join(folder, 'thesis.txt'), 'years of work');
    const { exitCode, error } = await attempt();
    expect([exitCode, error]).toMatchObject([7, { code: 'NOT_REPLACEABLE' }]);
    const command = startCommand(['serve', folder, '--port', '0', '--read-only']);
    await command.line(/ (serving .+)$/);
    command.kill('SIGTERM');
    expect(await command.done).toMatchObject({ exitCode: 0 });
  });

  test('where the export with the schemas is none', async () => {
    expect(await attempt('--schemas', cwd)).toMatchObject({ exitCode: 6, error: { code: 'NOT_AN_EXPORT' } });
  });
});

test('diff tells by its exit code whether two folders are equal', async () => {
  await cp(sample, folder, { recursive: true });
  const equal = await runCommand(['diff', sample, folder]);
  expect(equal).toMatchObject({ exitCode: 0, stdout: `${sample} and ${folder} are equal\n` });
  await writeFile(join(folder, 'assets/uploads/ayse_0aaecefb00.png'), 'another portrait');
  const different = await runCommand(['diff', sample, folder]);
  expect(different.exitCode).toBe(1);
  expect(different.stdout).toContain('ayse_0aaecefb00.png');
  expect((await runCommand(['diff', sample, join(cwd, 'nowhere')])).exitCode).toBe(6);
});
