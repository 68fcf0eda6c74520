import type { Command } from 'commander';
import { addGuide } from '../guide.js';
import type { Host } from '../host.js';

const exits = {
  0: 'done',
  2: 'wrong arguments, or no such token',
  7: 'the folder cannot be used, or a key not be written',
} as const;

export function addToken(program: Command, host: Host): void {
  const token = program
    .command('token')
    .summary('transfer tokens of a folder that is served')
    .description('Transfer tokens of a folder that is served. They lie beside it, in <folder>.ferry.');

  const create = token
    .command('create')
    .description('Creates a token and prints its key, which is kept nowhere.')
    .requiredOption('--store <folder>', 'the folder that is served')
    .requiredOption('--scope <scopes>', 'what it permits: push, pull or push,pull')
    .option('--lifespan <time>', 'how long it is valid, such as 12h or 30d (for ever)')
    .option('--name <name>', 'what it is called in lists and logs')
    .option('--json', 'one line of JSON: accessKey, id, name, scopes, expiresAt')
    .action(async (flags: Record<string, unknown>) => {
      const { runTokenCreate } = await import('./token.command.js');
      host.exitCode = await runTokenCreate(flags, host);
    });
  addGuide(create, {
    examples: [
      [
        'strapi-ferry token create --store ./content --scope push,pull --name nightly',
        'for both directions, for ever',
      ],
      [
        'KEY=$(strapi-ferry token create --store ./content --scope pull --lifespan 12h)',
        'in a script: stdout is the key alone',
      ],
    ],
    exits,
  });

  const list = token
    .command('list')
    .description('Lists the tokens, without their keys.')
    .requiredOption('--store <folder>', 'the folder that is served')
    .option('--json', 'one line of JSON')
    .action(async (flags: Record<string, unknown>) => {
      const { runTokenList } = await import('./token.command.js');
      host.exitCode = await runTokenList(flags, host);
    });
  addGuide(list, {
    examples: [
      [
        'strapi-ferry token list --store ./content',
        'what each permits, until when, and when it was last used',
      ],
    ],
    exits,
  });

  const revoke = token
    .command('revoke')
    .description('Takes a token back. A transfer that uses it stops with its next message.')
    .argument('<token>', 'its id or name')
    .requiredOption('--store <folder>', 'the folder that is served')
    .option('--json', 'one line of JSON')
    .action(async (name: string, flags: Record<string, unknown>) => {
      const { runTokenRevoke } = await import('./token.command.js');
      host.exitCode = await runTokenRevoke({ ...flags, token: name }, host);
    });
  addGuide(revoke, {
    examples: [['strapi-ferry token revoke nightly --store ./content', 'by its name']],
    exits,
  });
}
