import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { TransferError } from '../../../src/protocol/errors.js';
import { createMemoryStore } from '../../../src/stores/memory.js';
import { createTransfer, type TransferOptions } from '../../../src/transfer/create-transfer.js';
import { outcomeOf, runCommand } from '../../support/command.js';
import type { Direction } from '../../support/lying-server.js';
import { type Moment, type ServedScript, serveScript } from '../../support/served-script.js';
import { smallContent } from '../../support/small-content.js';
import { treeOf } from '../../support/tree.js';

/** One request of each kind; test/unit/client/lying-server.test.ts has all of them, in memory. */
const chosen: readonly (readonly [Direction, string])[] = [
  ['push', 'init'],
  ['push', 'assets.stream'],
  ['push', 'close'],
  ['pull', 'getSchemas'],
  ['pull', 'confirmation'],
  ['pull', 'links.end'],
];

let cwd = '';
let folder = '';
let servers: ServedScript[] = [];
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'ferry-lying-'));
  folder = join(cwd, 'content');
  // A pull that fails leaves it as it is, one that succeeds brings the same content again.
  await createTransfer({ from: createMemoryStore(smallContent).source(), to: folder }).done;
});
afterEach(async () => {
  for (const server of servers) await server.close();
  servers = [];
});
afterAll(() => rm(cwd, { recursive: true }));

async function served(direction: Direction, at: string, misbehave: (moment: Moment) => void, always = false) {
  const server = await serveScript({ direction, at, misbehave, always });
  servers.push(server);
  return server;
}

const ends = (direction: Direction, url: string) =>
  direction === 'push'
    ? { from: folder, to: url, toToken: 'secret' }
    : { from: url, to: folder, fromToken: 'secret' };

/** A transfer with a server that misbehaves at one request: it must fail, and our end be as it was. */
async function failure(
  direction: Direction,
  at: string,
  misbehave: (moment: Moment) => void,
  options: Partial<TransferOptions> = {},
): Promise<TransferError> {
  const server = await served(direction, at, misbehave);
  const before = await treeOf(cwd);
  const transfer = createTransfer({
    ...ends(direction, server.url),
    force: true,
    schemaStrategy: 'ignore',
    ...options,
  });
  const error = await transfer.done.then(
    () => Promise.reject(new Error('it did not fail')),
    (thrown: TransferError) => thrown,
  );
  expect(server.reached()).toBe(true);
  expect(await treeOf(cwd)).toEqual(before);
  return error;
}

const confirms = (at: string) => at === 'confirmation';

describe.each(chosen)('in a %s, at %s', (direction, at) => {
  test('a server that closes is reported with its code and reason', async () => {
    const error = await failure(direction, at, ({ socket }) => socket.close(1012, 'restarting'));
    expect(error).toMatchObject({
      code: 'CONNECTION_CLOSED',
      row: { exit: 4 },
      details: { closeCode: 1012 },
    });
    expect(error.message).toContain('restarting');
  });

  test('a connection that breaks is reported', async () => {
    const error = await failure(direction, at, ({ socket }) => socket.terminate());
    expect(error).toMatchObject({
      code: 'CONNECTION_CLOSED',
      row: { exit: 4 },
      details: { closeCode: 1006 },
    });
  });

  test('a server that goes silent is dead after the time allowed', async () => {
    const connectionOptions = { heartbeatTimeout: 100, busyTimeout: 200 };
    const error = await failure(direction, at, ({ hush }) => hush(true), { connectionOptions });
    expect(error).toMatchObject({ code: 'CONNECTION_SILENT', row: { exit: 4 } });
    const isBusy = /^(beforeTransfer|assets\.start|.+\.end|close|confirmation)$/.test(at);
    expect(error.details['ms']).toBe(isBusy ? 200 : 100);
  });

  test('a server that answers pings alone has its requests repeated, then is given up', async () => {
    const error = await failure(direction, at, ({ hush }) => hush(), {
      retryMessageOptions: { retryMessageTimeout: 20, retryMessageMaxRetries: 2 },
      connectionOptions: { batchTimeout: 100 },
    });
    expect(error.row.exit).toBe(4);
    expect(error.code).toBe(confirms(at) ? 'BATCH_TIMED_OUT' : 'REQUEST_TIMED_OUT');
  });

  test.each([
    ['no JSON', '<html>502 Bad Gateway</html>'],
    ['JSON that is no message', '{"hello":"world"}'],
    ['an empty frame', ''],
  ])('%s is refused', async (_, frame) => {
    const error = await failure(direction, at, ({ send }) => send(frame));
    expect(error).toMatchObject({ code: 'INVALID_MESSAGE', row: { exit: 8 } });
  });

  // A confirmation asks nothing: there is no answer to lie with.
  if (confirms(at)) return;

  test('an answer with an error is told in the server’s words', async () => {
    const details = { step: 'transfer', details: {} };
    const error = await failure(direction, at, ({ message, send }) =>
      send(
        JSON.stringify({
          uuid: message.uuid,
          data: null,
          error: { code: 'Error', message: 'no, thanks', details },
        }),
      ),
    );
    expect(error).toMatchObject({ code: 'PEER_ERROR', row: { exit: 8 } });
    expect(error.message).toContain('no, thanks');
  });

  test('answers to questions that were not asked do not count', async () => {
    const error = await failure(
      direction,
      at,
      ({ hush, send }) => {
        hush();
        send('{"uuid":"12345678-0000-4000-8000-000000000000","data":{"ok":true},"error":null}');
      },
      { retryMessageOptions: { retryMessageTimeout: 20, retryMessageMaxRetries: 1 } },
    );
    expect(error).toMatchObject({ code: 'REQUEST_TIMED_OUT', row: { exit: 4 } });
  });
});

describe.each(chosen.filter(([, at]) => !confirms(at)))('in a %s, at %s', (direction, at) => {
  async function succeeds(misbehave: (moment: Moment) => void, options: Partial<TransferOptions> = {}) {
    const server = await served(direction, at, misbehave);
    const transfer = createTransfer({
      ...ends(direction, server.url),
      force: true,
      schemaStrategy: 'ignore',
      ...options,
    });
    const { counts } = await transfer.done;
    expect(counts).toMatchObject({ entities: { items: 3 }, assets: { items: 3 }, links: { items: 2 } });
    expect(server.reached()).toBe(true);
  }

  test('an answer that comes twice counts once', () =>
    succeeds(({ answer }) => {
      answer();
      // The same uuid again: a Strapi repeats its last answer.
      answer();
    }));

  test('an answer that comes after its question was repeated counts', async () => {
    const asked: string[] = [];
    const server = await served(
      direction,
      at,
      ({ message, answer }) => {
        asked.push(message.uuid);
        // Answers the second copy with what belongs to both.
        if (asked.filter((uuid) => uuid === message.uuid).length === 2) answer();
      },
      true,
    );
    const { counts } = await createTransfer({
      ...ends(direction, server.url),
      force: true,
      schemaStrategy: 'ignore',
      retryMessageOptions: { retryMessageTimeout: 30, retryMessageMaxRetries: 5 },
    }).done;
    expect(counts).toMatchObject({ entities: { items: 3 }, assets: { items: 3 }, links: { items: 2 } });
    expect(new Set(asked).size).toBeLessThan(asked.length);
  });
});

test.each([
  ['CHECKSUM_MISMATCH', 6, /(?<="sha256","value":")./, 'x', 'do not match their checksum'],
  ['CHECKSUM_MISMATCH', 6, /(?<="encoding":"base64","data":".{99})./, '+', 'do not match their checksum'],
  ['ASSET_SIZE_MISMATCH', 6, /(?<="stats":{"size":)3/, '4', 'bytes long, and was announced with'],
  ['UNSAFE_FILENAME', 6, /(?<="filename":")vapur_2.bin/, '../../vapur_2.bin', 'would leave the folder'],
])('a pull whose asset is damaged on the way: %s ends with %i', async (code, exitCode, what, by, said) => {
  const server = await serveScript({ direction: 'pull', garble: (frame) => frame.replace(what, by) });
  servers.push(server);
  const before = await treeOf(cwd);
  const from = ['--from', server.url, '--from-token', 'planted-token'];
  // A size that is wrong counts where there is no checksum.
  const flags = ['--force', '--json', ...(code === 'ASSET_SIZE_MISMATCH' ? ['--no-checksums'] : [])];
  const result = await runCommand(['transfer', ...from, '--to', folder, ...flags], { cwd });
  expect(result).toMatchObject({ exitCode, stderr: '' });
  expect(outcomeOf(result).error?.code).toBe(code);
  expect(outcomeOf(result).error?.message).toContain(said);
  expect(await treeOf(cwd)).toEqual(before);
});

test('the command says so with the documented exit code, in words and as JSON', async () => {
  const parameters = (url: string) => [
    'transfer',
    '--from',
    url,
    '--from-token',
    'planted-token',
    '--to',
    folder,
    '--force',
  ];
  const closing = await served(
    'pull',
    'entities.start',
    ({ socket }) => socket.close(1012, 'restarting'),
    true,
  );
  const lost = await runCommand(parameters(closing.url), { cwd });
  expect(lost.exitCode).toBe(4);
  expect(lost.stderr).toBe(
    `CONNECTION_CLOSED: ${closing.url} closed the connection while content was moving (code 1012: restarting). Look into the log of the server for the reason, then run the transfer again. strapi-ferry doctor ${closing.url} looks at the way there step by step.\n${folder} is as it was before.\n`,
  );
  const lying = await served('pull', 'init', ({ send }) => send('<html>'), true);
  const invalid = await runCommand([...parameters(lying.url), '--json'], { cwd });
  expect(invalid).toMatchObject({ exitCode: 8, stderr: '' });
  expect(outcomeOf(invalid)).toMatchObject({ ok: false, exitCode: 8, error: { code: 'INVALID_MESSAGE' } });
});
