import type { Command } from 'commander';
import { exitCodes } from '../../protocol/errors.js';
import { proxyVariables } from '../environment.js';
import { addGuide } from '../guide.js';
import type { Host } from '../host.js';
import { addLimitFlag, contentLimitWords } from '../limits.js';
import { addConflictFlags, addSelectionFlags } from '../merge/merge-flags.js';
import { addTrustFlag } from '../profiles/trust-flag.js';

export function addTransfer(program: Command, host: Host): void {
  const command = program
    .command('transfer')
    .summary('move content from one end to the other')
    .description(
      'Moves content from one end to the other: a server, a folder or an archive each. What stands at the destination is replaced, whole or not at all; with --strategy merge or add it stays, beside what comes.',
    )
    .argument('[from]', 'a name of ferry.json, or what --from takes')
    .argument('[to]', 'a name of ferry.json, or what --to takes')
    .optionsGroup('Ends:')
    .option('--from <end>', 'admin URL of a server (https://host/admin), a folder, or an archive')
    .option('--to <end>', 'the same: where the content goes')
    .option('--token <token>', 'transfer token of the one server; asked for where none is given')
    .option('--from-token <token>', 'of two servers, the token of the source')
    .option('--to-token <token>', 'of two servers, the token of the destination')
    .option('--from-key [password]', 'password of an encrypted archive that is read; alone, it is asked for')
    .option('--to-key [password]', 'password to encrypt the archive with; alone, it is asked for')
    .optionsGroup('What moves:')
    .option('--only <groups>', 'only these: content, files, config')
    .option('--exclude <groups>', 'not these: content, files, config; media-library: files and their rows')
    .option('--only-content-types <uids>', 'only entities of these types, and links between them')
    .option('--exclude-content-types <uids>', 'no entities of these types, and no links to them')
    .option(
      '--strategy <strategy>',
      'restore: replace what stands there (default); merge: what comes is added or takes the place of its own, all else stays; add: only what is new there',
    );
  addSelectionFlags(command.optionsGroup('What is merged:'));
  addConflictFlags(command)
    .optionsGroup('What may be lost:')
    .option('--dry-run', 'go through it all and change nothing')
    .option(
      '--backup <end>',
      'first pull what stands at the destination server into this folder or archive, and read it back; the token needs pull and push',
    )
    .option('--no-backup', 'merge into a Strapi without the backup that is made otherwise')
    .option('--backup-key [password]', 'password to encrypt that archive with; alone, it is asked for')
    .option(
      '--force',
      'ask nothing: replace or change the content, or replace the recording, that stands there',
    )
    .option(
      '--schema-strategy <strategy>',
      'strict: stop where the schemas differ (default); ignore: go on, without what the destination lacks',
    )
    .option('--strict', 'end with an error where a server reports a warning, before anything is replaced')
    .option('--allow-missing-files', 'push although rows name files that the folder or archive does not hold')
    .option('--no-checksums', 'do not check assets by sha256')
    .optionsGroup('Limits:')
    .option('--throttle <ms>', 'wait so long after each item (0)')
    .option('--retry-message-timeout <ms>', 'send a message again after so long without an answer (30000)')
    .option('--retry-message-max-retries <n>', 'send it again so many times at most (5)')
    .option('--heartbeat-timeout <ms>', 'a connection that says nothing for so long is dead (10000)')
    .option('--busy-timeout <ms>', 'the same while the server clears or commits (180000)');
  addTrustFlag(command);
  addLimitFlag(command)
    .optionsGroup('Output:')
    .option('--json', 'one event a line, ending with a result; asks nothing')
    .option('--verbose', 'show what the server reports, and name the types that were left out')
    .option('--inspect [port]', 'show the charts at work on a page of this machine (4747)')
    .option('--inspect-control', 'let that page pause, abort and cut; who opens its link may')
    .option('--record <file>', 'write what the charts do to a file that inspect opens')
    .option('--record-data', 'what the other end says in words too: it can quote a row')
    .helpOption('-h, --help', 'display help for command')
    .action(async (from: unknown, to: unknown, flags: Record<string, unknown>) => {
      const { runTransfer } = await import('./transfer.command.js');
      host.exitCode = await runTransfer({ ...flags, words: [from, to] }, host);
    });

  addGuide(command, {
    examples: [
      [
        'strapi-ferry transfer --from https://cms.example.com/admin --to ./content',
        'pull a server into a folder',
      ],
      ['strapi-ferry transfer staging production', 'between two ends that ferry.json names'],
      [
        'strapi-ferry transfer --from ./content --to http://localhost:1337/admin',
        'push the folder to another',
      ],
      [
        'strapi-ferry transfer --from https://a.example/admin --to https://b.example/admin --force',
        'server to server, in CI: nothing is asked',
      ],
      [
        'strapi-ferry transfer --from ./content --to https://b.example/admin --dry-run',
        'what would move, what the push would remove, and whether the schemas agree',
      ],
      [
        'strapi-ferry transfer --from ./content --to https://b.example/admin --backup before.tar.gz',
        'push, and keep what the push replaces',
      ],
      [
        'strapi-ferry transfer ./content https://b.example/admin --strategy merge --documents api::article.article:k3v9',
        'one article with its files; all else there stays as it is',
      ],
    ],
    notes: [
      'Tokens are created in the admin panel under Settings → Transfer Tokens. A flag is seen by everyone who lists the processes of the machine; a variable is not.',
      'Only at a terminal is anything asked: before what stands at the destination is replaced, and where the schemas differ. Elsewhere, in CI, and with --json, the command refuses instead and names the flag that answers. --force answers the first question, --schema-strategy ignore the second: with --force alone a transfer whose schemas differ ends with 5.',
    ],
    limits: contentLimitWords,
    variables: [
      'STRAPI_TRANSFER_URL',
      'STRAPI_TRANSFER_TOKEN',
      'STRAPI_TRANSFER_FROM_TOKEN',
      'STRAPI_TRANSFER_TO_TOKEN',
      'STRAPI_TRANSFER_FROM_KEY',
      'STRAPI_TRANSFER_TO_KEY',
      'STRAPI_TRANSFER_BACKUP_KEY',
      ...proxyVariables,
    ],
    exits: exitCodes,
  });
}
