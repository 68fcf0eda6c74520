import type { Command } from 'commander';
import { addGuide } from '../guide.js';
import type { Host } from '../host.js';
import { addLimitFlag, serverLimitWords } from '../limits.js';
import { cleanHost } from '../report/clean.js';

export function addServe(program: Command, host: Host): void {
  const command = program
    .command('serve')
    .summary('let Strapi and ferry transfer to and from a folder')
    .description("Serves a folder: Strapi's own strapi transfer, and ferry, push to it and pull from it.")
    .argument('<folder>', 'an export; one that is missing or empty begins as an empty store')
    .option('--port <port>', 'where to listen; 0 lets the system choose (4748)')
    .option('--host <address>', 'the address to listen at (127.0.0.1, this machine only)')
    .option('--path <path>', 'the admin path of its URL (/admin)')
    .option(
      '--schemas <export>',
      "schemas for a folder that has none: a push from Strapi's client brings none",
    )
    .option('--tls-cert <file>', 'certificate, PEM: serve https')
    .option('--tls-key <file>', 'its key, PEM')
    .option('--read-only', 'take no pushes');
  addLimitFlag(command)
    .option('--json', 'one event a line')
    .option('--inspect [port]', 'show the charts at work on a page of this machine (4747)')
    .option(
      '--inspect-control',
      'let that page abort transfers and cut their sockets; who opens its link may',
    )
    .option('--record <file>', 'write what the charts do to a file that inspect opens')
    .option('--record-data', 'what the other end says in words too: it can quote a row')
    .option('--force', 'ask nothing: replace the file of --record that stands there')
    .action(async (folder: string, flags: Record<string, unknown>) => {
      const { runServe } = await import('./serve.command.js');
      host.exitCode = await runServe(folder, flags, cleanHost(host));
    });
  addGuide(command, {
    examples: [
      ['strapi-ferry serve ./content', 'at http://127.0.0.1:4748/admin'],
      ['strapi-ferry serve ./content --read-only --port 8080', 'for pulls alone, at another port'],
      [
        'strapi-ferry serve ./content --host 0.0.0.0 --tls-cert cert.pem --tls-key key.pem',
        'to other machines, over https',
      ],
    ],
    notes: [
      'Tokens are made with strapi-ferry token create. Ctrl-C, SIGTERM or SIGHUP stops it: transfers in work are closed, a push among them leaves what was there before; a second one ends it at once.',
    ],
    limits: serverLimitWords,
    exits: {
      0: 'stopped',
      2: 'wrong arguments, a port in use, or a certificate that cannot be used',
      6: 'the folder holds something else than an export',
      7: 'the folder cannot be replaced: it holds more than an export, a volume is mounted there, or nothing can be written beside it',
      130: 'stopped by a second signal',
    },
  });
}
