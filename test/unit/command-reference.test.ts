import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { version } from '../../src/cli/version.js';
import { manPage } from '../reference/man-page.js';
import { cliPage } from '../reference/page.js';
import { documentedCommands } from '../reference/program.js';

const commands = documentedCommands();

it('documents every command and flag in docs/cli.md as the program has it', async () => {
  await expect(cliPage(commands)).toMatchFileSnapshot('../../docs/cli.md');
});

it('has a man page that is the program’s own', async () => {
  await expect(manPage(commands, version)).toMatchFileSnapshot('../../man/strapi-ferry.1');
});

it('gives every command examples and exit codes', () => {
  expect(commands.length).toBeGreaterThan(5);
  for (const { name, guide } of commands) {
    expect(guide?.examples.length, name).toBeGreaterThan(0);
    expect(Object.keys(guide?.exits ?? {}), name).toContain('0');
    for (const [line] of guide?.examples ?? []) expect(line).toContain(`strapi-ferry ${name.split(' ')[0]}`);
  }
});

it('has, for every flag of every command, a test of the command that names it', () => {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const files = [
    'test/integration/command',
    'test/integration/network',
    'test/support',
    'test/strapi',
  ].flatMap((folder) =>
    readdirSync(`${root}/${folder}`)
      .filter((name) => name.endsWith('.ts'))
      .map((name) => readFileSync(`${root}/${folder}/${name}`, 'utf8')),
  );
  const named = files.filter((text) => /(run|start)(Command|Process)|startTerminal/.test(text)).join('\n');
  const untested = commands.flatMap(({ name, options }) =>
    options
      .filter(({ long }) => !new RegExp(`['"\`]${long}['"\`=]`).test(named))
      .map(({ long }) => `${name} ${long}`),
  );
  expect(untested).toEqual([]);
});
