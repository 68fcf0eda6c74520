import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createTransfer } from '../../src/transfer/create-transfer.js';
import { serveFolder } from '../support/served-command.js';
import { type FolderSummary, strapiRead } from './harness/strapi-client.js';
import { createProject, type StrapiProject } from './harness/strapi-command.js';

let scratch: string;
/** A folder of hard content, and a project that has next to none. */
let full: string;
let before: FolderSummary;
let project: StrapiProject;

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'ferry-in-part-'));
  full = join(scratch, 'full');
  const hard = await createProject('current', 'hard');
  const archive = join(scratch, 'hard');
  expect(await hard.export('--no-encrypt', '--no-compress', '--file', archive)).toMatchObject({
    exitCode: 0,
  });
  await hard.remove();
  await createTransfer({ from: `${archive}.tar`, to: full }).done;
  before = await strapiRead(full);
  project = await createProject('current', 'none');
});
afterAll(async () => {
  await project.remove();
  await rm(scratch, { recursive: true, force: true });
});

it.each<[string[], (content: FolderSummary) => unknown]>([
  [['--only', 'config'], ({ rowHashes: { entities, links }, assets }) => ({ entities, links, assets })],
  [['--only', 'files'], ({ rowHashes }) => rowHashes],
  [['--exclude', 'config,files'], ({ rowHashes: { configuration }, assets }) => ({ configuration, assets })],
  [
    ['--only-content-types', 'api::category.category'],
    ({ rowHashes: { configuration }, types: { 'api::category.category': _, ...types } }) => ({
      configuration,
      types,
    }),
  ],
])('strapi transfer %j leaves in a served folder what it does not move', async (flags, staysOf) => {
  const folder = join(scratch, flags.join('').replaceAll(/\W/g, ''));
  await cp(full, folder, { recursive: true });
  const server = await serveFolder(folder);
  const to = ['--to', server.adminUrl, '--to-token', server.token, '--force'];
  const { exitCode, output } = await project.transfer(...to, ...flags);
  expect(output).toContain('Transfer process has been completed successfully!');
  expect(exitCode).toBe(0);
  expect(await server.stop()).toBe(0);
  const after = await strapiRead(folder);
  expect(staysOf(after)).toEqual(staysOf(before));
  expect([after.rowHashes, after.assets]).not.toEqual([before.rowHashes, before.assets]);
});
