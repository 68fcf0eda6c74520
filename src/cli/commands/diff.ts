import type { Command } from 'commander';
import { addGuide } from '../guide.js';
import type { Host } from '../host.js';

export function addDiff(program: Command, host: Host): void {
  const command = program
    .command('diff')
    .summary('compare two folders')
    .description('Compares the contents of two folders: equal, or what differs. Ids and order do not count.')
    .argument('<a>', 'an export')
    .argument('<b>', 'another one')
    .option('--limit <n>', 'tell so many differences at most (1000); all are counted')
    .option('--json', 'one difference a line, ending with a result')
    .action(async (a: string, b: string, flags: Record<string, unknown>) => {
      const { runDiff } = await import('../diff.command.js');
      host.exitCode = await runDiff(a, b, flags, host);
    });
  addGuide(command, {
    examples: [
      ['strapi-ferry diff ./monday ./tuesday', 'what came, went and changed'],
      ['strapi-ferry diff ./monday ./tuesday --limit 0', 'whether anything did, and how much'],
    ],
    exits: { 0: 'equal', 1: 'different', 2: 'wrong arguments', 6: 'a folder cannot be read' },
  });
}
