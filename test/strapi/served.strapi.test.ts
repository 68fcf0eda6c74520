import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createTransfer } from '../../src/transfer/create-transfer.js';
import { runCommand } from '../support/command.js';
import { type ServedFolder, serveFolder } from '../support/served-command.js';
import type { Version } from './harness/app-folder.js';
import { startStrapi } from './harness/strapi.js';
import { type FolderSummary, strapiPull, strapiPush, strapiRead } from './harness/strapi-client.js';
import { createProject } from './harness/strapi-command.js';

let scratch: string;
/** What Strapi's client pulled from a Strapi of its version: every comparison is with this. */
const exports: Record<Version, { path: string; content: FolderSummary }> = Object.create(null);
const served: ServedFolder[] = [];

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'ferry-served-'));
  for (const version of ['current', 'older'] as const) {
    const path = join(scratch, version);
    const strapi = await startStrapi({ version, content: 'hard' });
    const from = { adminUrl: strapi.adminUrl, token: strapi.tokens.pull };
    expect(await strapiPull(from, path, { version })).toMatchObject({ ok: true });
    await strapi.stop();
    exports[version] = { path, content: await strapiRead(path) };
  }
});
afterEach(async () => {
  // Every one of them stops as it should, with nothing on stderr.
  for (const { command, stop } of served.splice(0)) {
    expect(await stop()).toBe(0);
    expect((await command.done).stderr).toBe('');
  }
});
afterAll(() => rm(scratch, { recursive: true, force: true }));

/** A folder that does not exist yet. */
let folders = 0;
const newFolder = () => {
  folders += 1;
  return join(scratch, `folder-${folders}`);
};

async function serve(folder: string, ...flags: readonly string[]): Promise<ServedFolder> {
  const server = await serveFolder(folder, ...flags);
  served.push(server);
  return server;
}

const contentOf = ({ counts, types, rowHashes, assets }: FolderSummary) => ({
  ...{ counts, types, assets },
  entities: rowHashes.entities,
  links: rowHashes.links,
});

async function expectEqual(theirs: string, folder: string): Promise<void> {
  const { stdout, exitCode } = await runCommand(['diff', theirs, folder]);
  expect(stdout).toBe(`${theirs} and ${folder} are equal\n`);
  expect(exitCode).toBe(0);
}

/** What the server says of a transfer that moved all of it. */
const movedAll = ({ counts }: FolderSummary, { tokenName }: ServedFolder) => ({
  counts: Object.fromEntries(Object.entries(counts).map(([step, items]) => [step, { items }])),
  ...{ name: tokenName, fate: 'completed', failure: null },
});

const clients: readonly [Version, boolean][] = [
  ['current', true],
  ['current', false],
  ['older', true],
  ['older', false],
];

describe.each(clients)("Strapi's client (%s, checksums %s)", (version, checksums) => {
  const options = { version, checksums };

  it('pushes to a served folder', async () => {
    const { path: theirs, content: expected } = exports[version];
    const folder = newFolder();
    const to = await serve(folder, '--schemas', theirs);
    expect(await strapiPush(theirs, to, options)).toMatchObject({ ok: true, warnings: [] });
    expect(await to.transfer()).toMatchObject({ direction: 'push', ...movedAll(expected, to) });
    expect(contentOf(await strapiRead(folder))).toEqual(contentOf(expected));
    await expectEqual(theirs, folder);
  });

  it('pulls from a served folder', async () => {
    const { path: theirs, content: expected } = exports[version];
    const folder = newFolder();
    const from = await serve(theirs, '--read-only');
    expect(await strapiPull(from, folder, options)).toMatchObject({ ok: true, warnings: [] });
    expect(await from.transfer()).toMatchObject({ direction: 'pull', ...movedAll(expected, from) });
    const read = await strapiRead(folder);
    expect({ ...contentOf(read), metadata: read.metadata }).toEqual({
      ...contentOf(expected),
      metadata: expected.metadata,
    });
    await expectEqual(theirs, folder);
  });
});

describe.each<[Version, string[]]>([
  ['current', []],
  ['current', ['--no-checksums']],
  ['older', []],
])('the command strapi transfer (%s) %j', (version, flags) => {
  it('pushes a project to a served folder', async () => {
    const { path: theirs, content: expected } = exports[version];
    const folder = newFolder();
    const server = await serve(folder, '--schemas', theirs);
    const project = await createProject(version, 'hard');
    const to = ['--to', server.adminUrl, '--to-token', server.token];
    const { exitCode, output } = await project.transfer(...to, '--force', ...flags);
    expect(output).toContain('Transfer process has been completed successfully!');
    expect(exitCode).toBe(0);
    expect(await server.transfer()).toMatchObject({ direction: 'push', fate: 'completed', failure: null });
    expect(contentOf(await strapiRead(folder))).toEqual(contentOf(expected));
    await expectEqual(theirs, folder);
    await project.remove();
  });

  it('pulls a served folder into a project, and what it then holds is the same', async () => {
    const { path: theirs } = exports[version];
    const source = await serve(theirs, '--read-only');
    const project = await createProject(version, 'none');
    const from = ['--from', source.adminUrl, '--from-token', source.token];
    const pulled = await project.transfer(...from, '--force', ...flags);
    expect(pulled.output).toContain('Transfer process has been completed successfully!');
    expect(pulled.exitCode).toBe(0);
    expect(await source.transfer()).toMatchObject({ direction: 'pull', fate: 'completed', failure: null });

    const folder = newFolder();
    const target = await serve(folder, '--schemas', theirs);
    const to = ['--to', target.adminUrl, '--to-token', target.token];
    expect(await project.transfer(...to, '--force', ...flags)).toMatchObject({ exitCode: 0 });
    await expectEqual(theirs, folder);
    await project.remove();
  });
});

it('keeps schemas and metadata when Strapi’s client pushes, and takes those that ferry’s brings', async () => {
  const { path: theirs, content: expected } = exports.current;
  const folder = newFolder();
  const server = await serve(folder);
  const read = async (name: string) => readFile(join(folder, name), 'utf8');

  await createTransfer({ from: theirs, to: server.adminUrl, toToken: server.token }).done;
  const [metadata, schemas] = [await read('metadata.json'), await read('schemas/schemas_00001.jsonl')];
  expect(JSON.parse(metadata)).toEqual(expected.metadata);
  await expectEqual(theirs, folder);

  expect(await strapiPush(theirs, server, { only: ['content'] })).toMatchObject({ ok: true });
  expect(await read('metadata.json')).toBe(metadata);
  expect(await read('schemas/schemas_00001.jsonl')).toBe(schemas);
  expect((await strapiRead(folder)).rowHashes.entities).toBe(expected.rowHashes.entities);
});

it('tells Strapi’s client what it does not take', async () => {
  const { path: theirs, content: expected } = exports.current;
  const server = await serve(theirs, '--read-only');
  expect(await strapiPush(theirs, server)).toMatchObject({
    ok: false,
    error: 'This server takes no push: it is read-only',
  });
  expect(await server.transfer()).toMatchObject({ fate: 'none', failure: 'NOT_SERVED' });
  expect(contentOf(await strapiRead(theirs))).toEqual(contentOf(expected));
});

it('lets Strapi’s client see that the schemas differ, and changes nothing', async () => {
  const { path: theirs } = exports.current;
  const folder = newFolder();
  const server = await serve(folder, '--schemas', theirs);
  const changed = newFolder();
  await cp(theirs, changed, { recursive: true });
  const schemas = join(changed, 'schemas', 'schemas_00001.jsonl');
  await writeFile(
    schemas,
    (await readFile(schemas, 'utf8')).replace('"rating":{"type":"integer"', '"rating":{"type":"decimal"'),
  );
  const result = await strapiPush(changed, server);
  expect(result).toMatchObject({
    ok: false,
    error: expect.stringContaining('Invalid schema changes detected'),
  });
  expect(await server.transfer()).toMatchObject({ fate: 'rolledBack' });
  await expect(readFile(join(folder, 'metadata.json'))).rejects.toThrow('ENOENT');
});
