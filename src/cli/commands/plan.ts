import type { Command } from 'commander';
import { exitCodes } from '../../protocol/errors.js';
import { proxyVariables } from '../environment.js';
import { addGuide } from '../guide.js';
import type { Host } from '../host.js';
import { addLimitFlag, contentLimitWords } from '../limits.js';
import { addConflictFlags, addSelectionFlags } from '../merge/merge-flags.js';
import { addTrustFlag } from '../profiles/trust-flag.js';

export function addPlan(program: Command, host: Host): void {
  const command = program
    .command('plan')
    .summary('say what a merge would change')
    .description(
      'Says what a merge of one end into the other would add, replace, leave and delete, and changes nothing. With --out it writes a changeset, which apply carries out.',
    )
    .argument('<from>', 'a folder, an archive, the admin URL of a server, or its name in ferry.json')
    .argument('<to>', 'the same: what would change')
    .optionsGroup('Ends:')
    .option('--token <token>', 'transfer token of the one server; asked for where none is given')
    .option('--from-token <token>', 'of two servers, the token of the source')
    .option('--to-token <token>', 'of two servers, the token of the destination')
    .option('--from-key [password]', 'password of an encrypted archive in <from>; alone, it is asked for')
    .option('--to-key [password]', 'password of an encrypted archive in <to>; alone, it is asked for')
    .option('--out <changeset>', 'write a changeset to this folder or archive, where nothing stands')
    .option('--out-key [password]', 'password to encrypt that archive with; alone, it is asked for')
    .optionsGroup('What comes:')
    .option('--strategy <strategy>', 'merge (default), or add: only what is new there')
    .option('--only-content-types <uids>', 'only documents of these types')
    .option('--exclude-content-types <uids>', 'no documents of these types');
  addConflictFlags(addSelectionFlags(command)).optionsGroup('Output:');
  addTrustFlag(command);
  addLimitFlag(command)
    .option('--json', 'the plan, one document a line, and a result; asks nothing')
    .option('--verbose', 'list every document')
    .helpOption('-h, --help', 'display help for command')
    .action(async (from: unknown, to: unknown, flags: Record<string, unknown>) => {
      const { runPlan } = await import('./plan.command.js');
      host.exitCode = await runPlan({ ...flags, words: [from, to] }, host);
    });
  addGuide(command, {
    examples: [
      [
        'strapi-ferry plan staging production --documents api::article.article:k3v9',
        'what one article would change',
      ],
      [
        'strapi-ferry plan staging ./content --since 2026-11-01 --out november.tar.gz',
        'what was changed in November, as a changeset',
      ],
    ],
    notes: [
      'strapi-ferry apply carries a changeset out. Until then it can be looked at, kept, and given to a person who may write there.',
      'A server is pulled into a temporary folder first, which is removed again. The token of the destination needs pull.',
    ],
    limits: contentLimitWords,
    variables: [
      'STRAPI_TRANSFER_URL',
      'STRAPI_TRANSFER_TOKEN',
      'STRAPI_TRANSFER_FROM_TOKEN',
      'STRAPI_TRANSFER_TO_TOKEN',
      'STRAPI_TRANSFER_FROM_KEY',
      'STRAPI_TRANSFER_TO_KEY',
      'STRAPI_TRANSFER_OUT_KEY',
      ...proxyVariables,
    ],
    exits: exitCodes,
  });
}
