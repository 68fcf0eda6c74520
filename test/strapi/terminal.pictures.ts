import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startTerminal } from '../support/terminal.js';
import { pictureOf } from '../support/terminal-picture.js';
import { startStrapi } from './harness/strapi.js';

// `npm run pictures` makes the picture of the README again: look at it before you commit it.
const folder = process.env['FERRY_PICTURES'] ?? 'docs/images';

test('terminal-transfer: one Strapi is pushed to another after a backup', { timeout: 300_000 }, async () => {
  const [staging, production] = await Promise.all([
    startStrapi({ content: 'hard' }),
    startStrapi({ content: { articles: 240, assetBytes: 8 * 1024 * 1024, assetCount: 12 } }),
  ]);
  const cwd = await mkdtemp(join(tmpdir(), 'ferry-picture-'));
  const flags = ['transfer', '--from', staging.adminUrl, '--to', production.adminUrl];
  const terminal = startTerminal([...flags, '--backup', 'before.tar.gz', '--force'], {
    cwd,
    env: {
      STRAPI_TRANSFER_FROM_TOKEN: staging.tokens.pull,
      STRAPI_TRANSFER_TO_TOKEN: production.tokens.full,
    },
  });
  const { exitCode, raw } = await terminal.done;
  expect(exitCode).toBe(0);
  const typed = [
    '$ strapi-ferry transfer --from https://staging.example.com/admin \\',
    '    --to https://cms.example.com/admin --backup before.tar.gz --force',
  ];
  // The servers get the names that a reader would give them.
  const shown = raw
    .replaceAll(staging.adminUrl, 'https://staging.example.com/admin')
    .replaceAll(production.adminUrl, 'https://cms.example.com/admin')
    .replaceAll(`127.0.0.1:${production.port}`, 'cms.example.com');
  const bytes = [...typed, shown].join('\n');
  expect(bytes).not.toContain('127.0.0.1');
  const picture = await pictureOf(bytes, 80, 'One Strapi is pushed to another after a backup');
  await writeFile(join(folder, 'terminal-transfer.svg'), picture);
  expect(picture.length).toBeLessThan(30_000);
  await Promise.all([staging.stop(), production.stop(), rm(cwd, { recursive: true })]);
});
