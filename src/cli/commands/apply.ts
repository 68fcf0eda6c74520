import type { Command } from 'commander';
import { exitCodes } from '../../protocol/errors.js';
import { proxyVariables } from '../environment.js';
import { addGuide } from '../guide.js';
import type { Host } from '../host.js';
import { addLimitFlag, contentLimitWords } from '../limits.js';
import { addTrustFlag } from '../profiles/trust-flag.js';

export function addApply(program: Command, host: Host): void {
  const command = program
    .command('apply')
    .summary('carry out a changeset')
    .description(
      'Does exactly what a changeset of plan says, or nothing where the destination has changed since. It shows the plan, and asks.',
    )
    .argument('<changeset>', 'the folder or archive that plan --out wrote')
    .requiredOption('--to <end>', 'what the plan was made for: a folder, an archive, a server')
    .option('--token <token>', 'transfer token of that server; asked for where none is given')
    .option('--from-key [password]', 'password of an encrypted changeset; alone, it is asked for')
    .option('--to-key [password]', 'password of an encrypted archive in --to; alone, it is asked for')
    .option(
      '--lose-links',
      'of a Strapi: lose links of other documents that it cannot keep, though the plan did not name them',
    )
    .option(
      '--backup <end>',
      'first pull what stands at the destination server into this folder or archive, and read it back',
    )
    .option('--no-backup', 'change a Strapi without the backup that is made otherwise')
    .option('--backup-key [password]', 'password to encrypt that archive with; alone, it is asked for')
    .option('--dry-run', 'say whether it can still be carried out, and change nothing')
    .option('--force', 'ask nothing');
  addTrustFlag(command);
  addLimitFlag(command)
    .option('--json', 'the plan, one document a line, and a result; asks nothing')
    .option('--verbose', 'list every document')
    .action(async (changeset: unknown, flags: Record<string, unknown>) => {
      const { runApply } = await import('./apply.command.js');
      host.exitCode = await runApply({ ...flags, words: [changeset] }, host);
    });
  addGuide(command, {
    examples: [
      ['strapi-ferry apply november.tar.gz --to ./content', 'after a look at the plan'],
      ['strapi-ferry apply november.tar.gz --to ./content --dry-run', 'whether it can still be done'],
    ],
    notes: ['What a Strapi cannot do of it is refused before anything is sent, as in a merge.'],
    limits: contentLimitWords,
    variables: [
      'STRAPI_TRANSFER_TOKEN',
      'STRAPI_TRANSFER_TO_TOKEN',
      'STRAPI_TRANSFER_FROM_KEY',
      'STRAPI_TRANSFER_TO_KEY',
      'STRAPI_TRANSFER_BACKUP_KEY',
      ...proxyVariables,
    ],
    exits: exitCodes,
  });
}
