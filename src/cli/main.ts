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

const token = program
  .command('token')
  .summary('transfer tokens of a folder that is served')
  .description('Transfer tokens of a folder that is served. They lie beside it, in <folder>.ferry.');

token
  .command('create')
  .description('Creates a token and prints its key, which is kept nowhere.')
  .requiredOption('--store <folder>', 'the folder that is served')
  .requiredOption('--scope <scopes>', 'what it permits: push, pull or push,pull')
  .option('--lifespan <time>', 'how long it is valid, such as 12h or 30d (for ever)')
  .option('--name <name>', 'what it is called in lists and logs')
  .option('--json', 'one line of JSON: accessKey, id, name, scopes, expiresAt')
  .action(async (flags: Record<string, unknown>) => {
    const { runTokenCreate } = await import('./token.command.js');
    process.exitCode = await runTokenCreate(flags, process);
  });

token
  .command('list')
  .description('Lists the tokens, without their keys.')
  .requiredOption('--store <folder>', 'the folder that is served')
  .option('--json', 'one line of JSON')
  .action(async (flags: Record<string, unknown>) => {
    const { runTokenList } = await import('./token.command.js');
    process.exitCode = await runTokenList(flags, process);
  });

token
  .command('revoke')
  .description('Takes a token back. A transfer that uses it stops with its next message.')
  .argument('<token>', 'its id or name')
  .requiredOption('--store <folder>', 'the folder that is served')
  .option('--json', 'one line of JSON')
  .action(async (name: string, flags: Record<string, unknown>) => {
    const { runTokenRevoke } = await import('./token.command.js');
    process.exitCode = await runTokenRevoke({ ...flags, token: name }, process);
  });

program
  .command('serve')
  .summary('let Strapi and ferry transfer to and from a folder')
  .description("Serves a folder: Strapi's own strapi transfer, and ferry, push to it and pull from it.")
  .argument('<folder>', 'an export; one that is missing or empty begins as an empty store')
  .option('--port <port>', 'where to listen; 0 lets the system choose (1337)')
  .option('--host <address>', 'the address to listen at (127.0.0.1, this machine only)')
  .option('--path <path>', 'the admin path of its URL (/admin)')
  .option('--schemas <export>', "schemas for a folder that has none: a push from Strapi's client brings none")
  .option('--tls-cert <file>', 'certificate, PEM: serve https')
  .option('--tls-key <file>', 'its key, PEM')
  .option('--read-only', 'take no pushes')
  .option('--json', 'one event a line')
  .addHelpText(
    'after',
    `
Tokens are made with strapi-ferry token create. Ctrl-C or SIGTERM stops it: transfers in work are closed, a push among
them leaves what was there before; a second one ends it at once.

Exit codes: 0 stopped, 2 wrong arguments, a port in use or a certificate that cannot be used, 6 the folder holds
something else than an export, 130 stopped by a second signal.`,
  )
  .action(async (folder: string, flags: Record<string, unknown>) => {
    const { runServe } = await import('./serve.command.js');
    process.exitCode = await runServe(folder, flags, process);
  });

program
  .command('diff')
  .summary('compare two folders')
  .description('Compares the contents of two folders: equal, or what differs. Ids and order do not count.')
  .argument('<a>', 'an export')
  .argument('<b>', 'another one')
  .option('--limit <n>', 'tell so many differences at most (1000); all are counted')
  .option('--json', 'one difference a line, ending with a result')
  .addHelpText('after', '\nExit codes: 0 equal, 1 different, 2 wrong arguments, 6 a folder cannot be read.')
  .action(async (a: string, b: string, flags: Record<string, unknown>) => {
    const { runDiff } = await import('./diff.command.js');
    process.exitCode = await runDiff(a, b, flags, process);
  });

program
  .command('doctor')
  .summary('say what is wrong between here and a server')
  .description(
    'Says what is wrong between here and a server. Nothing is transferred, nothing is changed there.',
  )
  .argument('<url>', 'admin URL of the server (https://host/admin)')
  .option('--token <token>', 'a transfer token of it [STRAPI_TRANSFER_TOKEN]')
  .option('--scope <scopes>', 'what the token is wanted for: push, pull or push,pull (either will do)')
  .option('--timeout <ms>', 'wait so long at most, for anything (10000)')
  .option('--json', 'one check a line, ending with a result')
  .addHelpText(
    'after',
    `
STRAPI_TRANSFER_FROM_TOKEN and STRAPI_TRANSFER_TO_TOKEN are read too: the first is a token for pulls, the other for
pushes. Exit codes: 0 all is well, or that of the first check that failed, as of a transfer.`,
  )
  .action(async (url: string, flags: Record<string, unknown>) => {
    const { runDoctor } = await import('./doctor.command.js');
    process.exitCode = await runDoctor(url, flags, process);
  });

// Wrong arguments are 2, as everywhere here; commander's own is 1.
for (const command of [program, ...program.commands, ...token.commands]) {
  command.exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : 2));
}
await program.parseAsync();
