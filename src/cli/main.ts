#!/usr/bin/env node
import { Command } from 'commander';
import { version } from './version.js';

/** Commands load lazily: `--help` should cost no more than Node itself. */
const program = new Command('strapi-ferry')
  .description('Moves content between Strapi servers and folders, and says why when it cannot.')
  .version(version)
  .showHelpAfterError('(strapi-ferry --help shows the options)');

const transfer = program
  .command('transfer')
  .summary('move content from one end to the other')
  .description('Moves content from one end to the other. What stands at the destination is replaced.')
  .requiredOption('--from <url|folder>', 'admin URL of a server (https://host/admin), or a folder')
  .requiredOption('--to <url|folder>', 'admin URL of a server, or a folder')
  .option('--from-token <token>', 'transfer token of the source [STRAPI_TRANSFER_FROM_TOKEN]')
  .option('--to-token <token>', 'transfer token of the destination [STRAPI_TRANSFER_TO_TOKEN]')
  .option('--only <groups>', 'only these: content, files, config')
  .option('--exclude <groups>', 'not these: content, files, config')
  .option('--only-content-types <uids>', 'only entities of these types, and links between them')
  .option('--exclude-content-types <uids>', 'no entities of these types, and no links to them')
  .option('--force', 'replace a folder that is not empty; go on where the schemas differ')
  .option('--schema-strategy <strategy>', 'strict: stop where the schemas differ; ignore: go on', 'strict')
  .option('--no-checksums', 'do not check assets by sha256')
  .option('--retry-message-timeout <ms>', 'send a message again after so long without an answer (30000)')
  .option('--retry-message-max-retries <n>', 'send it again so many times at most (5)')
  .option('--heartbeat-timeout <ms>', 'a link that says nothing for so long is dead (10000)')
  .option('--busy-timeout <ms>', 'the same while the server clears or commits (180000)')
  .option('--json', 'one event a line, ending with a result')
  .option('--verbose', 'show what the server reports, and every message that is sent again');

transfer.addHelpText(
  'after',
  `
Examples:
  strapi-ferry transfer --from https://cms.example.com/admin --to ./content
  strapi-ferry transfer --from ./content --to http://localhost:1337/admin

Tokens are created in the admin panel under Settings → Transfer Tokens. Without a flag they are read from
STRAPI_TRANSFER_FROM_TOKEN and STRAPI_TRANSFER_TO_TOKEN, or from STRAPI_TRANSFER_TOKEN.

Exit codes: 0 done, 1 a fault of ferry, 2 wrong arguments, 3 refused by the server, 4 connection failed or lost,
5 schemas differ, 6 the source cannot be read, 7 the destination cannot take it, 8 the server answered with an
error, 130 interrupted.`,
);

transfer.action(async (flags: Record<string, unknown>) => {
  const { runTransfer } = await import('./transfer.command.js');
  process.exitCode = await runTransfer(flags, process);
});

const diff = program
  .command('diff')
  .summary('compare two folders')
  .description('Compares two folders as content: ids, the order of rows and pos numbers do not count.')
  .argument('<a>', 'folder')
  .argument('<b>', 'folder')
  .option('--limit <n>', 'tell so many differences at most (1000); all are counted')
  .option('--json', 'one difference a line, ending with a result');

diff.addHelpText(
  'after',
  '\nExit codes: 0 equal, 1 different (as diff(1)), 2 wrong arguments, 6 a folder cannot be read.',
);

diff.action(async (a: string, b: string, flags: Record<string, unknown>) => {
  const { runDiff } = await import('./diff.command.js');
  process.exitCode = await runDiff(a, b, flags, process);
});

// Wrong arguments are 2, as everywhere here; commander's own is 1.
program.exitOverride((error) => {
  process.exit(error.exitCode === 0 ? 0 : 2);
});
for (const command of program.commands) {
  command.exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));
}
await program.parseAsync();
