import type { Command } from 'commander';
import { addGuide } from '../guide.js';
import type { Host } from '../host.js';
import { cleanHost } from '../report/clean.js';

export function addInspect(program: Command, host: Host): void {
  const command = program
    .command('inspect')
    .summary('look at a recording')
    .description('Shows what --record wrote on a page of this machine, until Ctrl-C.')
    .argument('<recording>', 'the file; one that was cut off opens too')
    .option('--port <port>', 'where the page is; 0 lets the system choose (4747)')
    .option('--html <file>', 'write the page and the recording as one file to mail, and end')
    .option('--json', 'one event a line')
    .action(async (recording: string, flags: Record<string, unknown>) => {
      const { runInspect } = await import('./inspect.command.js');
      host.exitCode = await runInspect(recording, flags, cleanHost(host));
    });
  addGuide(command, {
    examples: [
      ['strapi-ferry inspect run.jsonl', 'what a transfer with --record run.jsonl did'],
      ['strapi-ferry inspect run.jsonl --port 8080', 'on a page at another port'],
      ['strapi-ferry inspect run.jsonl --html run.html', 'one file that opens in any browser, offline'],
    ],
    exits: {
      0: 'stopped, or the file of --html is written',
      2: 'wrong arguments, or the port is in use',
      6: 'the file is no recording of this version',
      7: 'the file of --html cannot be written',
      130: 'stopped by a second signal',
    },
  });
}
