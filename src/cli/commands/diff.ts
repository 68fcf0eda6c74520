import type { Command } from 'commander';
import { proxyVariables } from '../environment.js';
import { addGuide } from '../guide.js';
import type { Host } from '../host.js';
import { addLimitFlag, contentLimitWords } from '../limits.js';
import { addTrustFlag } from '../profiles/trust-flag.js';
import { cleanHost } from '../report/clean.js';

export function addDiff(program: Command, host: Host): void {
  const command = program
    .command('diff')
    .summary('compare two contents')
    .description(
      'Compares the contents of two ends, a folder, an archive or a server each: equal, or what differs. Ids and order do not count.',
    )
    .argument('<from>', 'a folder, an archive, the admin URL of a server, or its name in ferry.json')
    .argument('<to>', 'another one')
    .option('--token <token>', 'transfer token of the one server')
    .option('--from-token <token>', 'of two servers, the token of the first')
    .option('--to-token <token>', 'of two servers, the token of the second')
    .option('--from-key <password>', 'password of the first, an encrypted archive')
    .option('--to-key <password>', 'password of the second, an encrypted archive')
    .option('--show <n>', 'list so many differences at most (1000); all are counted')
    .option('--json', 'a summary, one difference a line, and a result');
  addTrustFlag(command);
  addLimitFlag(command).action(async (from: string, to: string, flags: Record<string, unknown>) => {
    const { runDiff } = await import('./diff.command.js');
    host.exitCode = await runDiff(from, to, flags, cleanHost(host), host);
  });
  addGuide(command, {
    examples: [
      ['strapi-ferry diff ./monday ./tuesday', 'what came, went and changed'],
      ['strapi-ferry diff ./monday ./tuesday --show 0', 'whether anything did, and how much'],
      ['strapi-ferry diff https://cms.example.com/admin backup.tar.gz', 'what a backup lacks'],
    ],
    notes: [
      'A server is pulled into a temporary folder first, which is removed again: it needs room for the files.',
      'A file that is described and not there, or cannot be read, is told and counts as not there; the comparison goes on, and ends with 6. More than 100 of them end it.',
    ],
    limits: contentLimitWords,
    variables: [
      'STRAPI_TRANSFER_URL',
      'STRAPI_TRANSFER_TOKEN',
      'STRAPI_TRANSFER_FROM_TOKEN',
      'STRAPI_TRANSFER_TO_TOKEN',
      'STRAPI_TRANSFER_FROM_KEY',
      ...proxyVariables,
    ],
    exits: {
      0: 'equal',
      1: 'different',
      2: 'wrong arguments',
      3: 'a server refused',
      4: 'the connection failed or was lost',
      6: 'a folder or an archive cannot be read',
      8: 'a server answered with an error',
      130: 'interrupted',
    },
  });
}
