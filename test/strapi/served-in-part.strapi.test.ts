import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTransfer } from '../../src/transfer/create-transfer.js';
import { serveFolder } from '../support/served-command.js';
import { type FolderSummary, strapiRead } from './harness/strapi-client.js';
import { createProject, type StrapiProject } from './harness/strapi-command.js';

let scratch: string;
/** A folder of hard content. */
let full: string;
let before: FolderSummary;
/** The project that it came from, and one that has next to no content. */
let hard: StrapiProject;
let none: StrapiProject;

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'ferry-in-part-'));
  full = join(scratch, 'full');
  hard = await createProject('current', 'hard');
  const archive = join(scratch, 'hard');
  expect(await hard.export('--no-encrypt', '--no-compress', '--file', archive)).toMatchObject({
    exitCode: 0,
  });
  await createTransfer({ from: `${archive}.tar`, to: full }).done;
  before = await strapiRead(full);
  none = await createProject('current', 'none');
});
afterAll(async () => {
  await hard.remove();
  await none.remove();
  await rm(scratch, { recursive: true, force: true });
});

it.each<[string[], (content: FolderSummary) => unknown]>([
  [['--only', 'config'], ({ rowHashes: { entities, links }, assets }) => ({ entities, links, assets })],
  [['--only', 'files'], ({ rowHashes }) => rowHashes],
  [['--exclude', 'config,files'], ({ rowHashes: { configuration }, assets }) => ({ configuration, assets })],
  [
    ['--only-content-types', 'api::category.category'],
    ({ types: { 'api::category.category': _, ...types }, assets }) => ({ types, assets }),
  ],
])('strapi transfer %j leaves in a served folder what it does not move', async (flags, staysOf) => {
  const folder = join(scratch, flags.join('').replaceAll(/\W/g, ''));
  await cp(full, folder, { recursive: true });
  const server = await serveFolder(folder);
  const to = ['--to', server.adminUrl, '--to-token', server.token, '--force'];
  // Strapi's client cannot push two stages that are empty.
  const project = flags.includes('--only-content-types') ? hard : none;
  const { exitCode, output } = await project.transfer(...to, ...flags);
  expect(output).toContain('Transfer process has been completed successfully!');
  expect(exitCode).toBe(0);
  expect(await server.stop()).toBe(0);
  const after = await strapiRead(folder);
  expect(staysOf(after)).toEqual(staysOf(before));
  expect([after.rowHashes, after.assets]).not.toEqual([before.rowHashes, before.assets]);
});
