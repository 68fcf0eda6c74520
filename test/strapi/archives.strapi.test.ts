import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeDifference } from '../../src/diff/content-difference.js';
import { diffContent } from '../../src/diff/diff-content.js';
import {
  createArchiveDestination,
  createArchiveSource,
  createDirectorySource,
  type TransferSource,
} from '../../src/stores/index.js';
import { createTransfer } from '../../src/transfer/create-transfer.js';
import { startStrapi } from './harness/strapi.js';
import { createProject, type StrapiProject } from './harness/strapi-command.js';

const key = 'correct horse battery staple';

/** Strapi's formats, and the flags of its command that make them. */
const formats: readonly [string, readonly string[]][] = [
  ['tar', ['--no-encrypt', '--no-compress']],
  ['tar.gz', ['--no-encrypt']],
  ['tar.enc', ['--no-compress', '--key', key]],
  ['tar.gz.enc', ['--key', key]],
];

let scratch: string;
/** What was pulled from a Strapi with the same content. */
let pulled: string;
let project: StrapiProject;
let target: StrapiProject;

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'ferry-archives-'));
  pulled = join(scratch, 'pulled');
  const strapi = await startStrapi({ content: 'hard' });
  await createTransfer({ from: strapi.adminUrl, fromToken: strapi.tokens.pull, to: pulled }).done;
  await strapi.stop();
  project = await createProject('current', 'hard');
  target = await createProject('current', 'none');
});
afterAll(async () => {
  await project?.remove();
  await target?.remove();
  await rm(scratch, { recursive: true, force: true });
});

async function expectEqual(left: TransferSource, right: TransferSource): Promise<void> {
  const { differences } = await diffContent(left, right);
  expect(differences.map((difference) => describeDifference(difference))).toEqual([]);
}

const inFolder = () => createDirectorySource({ path: pulled });
const inArchive = (path: string) => createArchiveSource({ path, key });
const keyFlags = (format: string) => (format.endsWith('.enc') ? ['--key', key] : []);

describe.each(formats)('%s', (format, flags) => {
  it('that strapi export wrote holds what a pull of the same content gives', async () => {
    const { exitCode, output } = await project.export('--file', join(scratch, `theirs-${format}`), ...flags);
    expect(output).toContain('successfully');
    expect(exitCode).toBe(0);
    await expectEqual(inFolder(), inArchive(join(scratch, `theirs-${format}.${format}`)));
  });

  it('that ferry wrote is taken by strapi import, and what the project then holds is the same', async () => {
    const path = join(scratch, `ours.${format}`);
    // Cut finely, so that Strapi reads a stage from many entries.
    const options = { path, maxLineFile: 64 * 1024, ...(format.endsWith('.enc') ? { key } : {}) };
    await createTransfer({ from: pulled, to: createArchiveDestination(options) }).done;
    await expectEqual(inFolder(), inArchive(path));

    const { exitCode, output } = await target.import('--file', path, '--force', ...keyFlags(format));
    expect(output).toContain('successfully');
    expect(exitCode).toBe(0);
    const back = join(scratch, `back-${format}`);
    expect(await target.export('--file', back, '--no-encrypt', '--no-compress')).toMatchObject({
      exitCode: 0,
    });
    await expectEqual(inFolder(), inArchive(`${back}.tar`));
  });
});

it('an archive of ferry holds the assets in full, and leaves nothing beside it', async () => {
  expect((await stat(join(scratch, 'ours.tar'))).size).toBeGreaterThan(8 * 1024 * 1024);
  expect((await readdir(scratch)).filter((name) => name.includes('.ferry'))).toEqual([]);
});
