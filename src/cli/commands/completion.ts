import { Argument, type Command } from 'commander';
import { addGuide } from '../guide.js';
import type { Host } from '../host.js';

const shells = ['bash', 'zsh', 'fish'] as const;

export function addCompletion(program: Command, host: Host): void {
  const command = program
    .command('completion')
    .summary('completion for your shell')
    .description('Prints a script that completes commands, flags and paths in your shell.')
    .addArgument(new Argument('<shell>', 'the shell').choices(shells))
    .action(async (shell: (typeof shells)[number]) => {
      const { printScript } = await import('./completion.command.js');
      printScript(shell, host);
    });
  addGuide(command, {
    examples: [
      ['strapi-ferry completion bash >> ~/.bashrc', 'bash, from the next shell on'],
      ['source <(strapi-ferry completion zsh)', 'zsh, in this shell'],
      ['strapi-ferry completion fish > ~/.config/fish/completions/strapi-ferry.fish', 'fish'],
    ],
    exits: { 0: 'done', 2: 'wrong arguments' },
  });

  // What the scripts call: `strapi-ferry complete -- transfer --fr`.
  program
    .command('complete', { hidden: true })
    .argument('[words...]')
    .action(async (words: string[]) => {
      const { printNames } = await import('../profiles/name-suggestions.js');
      await printNames(words, host);
      const { printSuggestions } = await import('./completion.command.js');
      printSuggestions(words, program, host);
    });
}
