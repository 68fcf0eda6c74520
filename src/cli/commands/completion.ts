import { Argument, type Command } from 'commander';
import { addGuide } from '../guide.js';

/** Shells that `@bomb.sh/tab` writes for. */
const shells = ['bash', 'zsh', 'fish'] as const;

/** `bare` makes a program that this was not added to: the library adds commands of the same names. */
export function addCompletion(program: Command, bare: () => Command): void {
  const command = program
    .command('completion')
    .summary('completion for your shell')
    .description('Prints a script that completes commands and flags in your shell.')
    .addArgument(new Argument('<shell>', 'the shell').choices(shells))
    .action(async (shell: string) => {
      const { printScript } = await import('./completion.command.js');
      printScript(shell, bare());
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
      const { printSuggestions } = await import('./completion.command.js');
      printSuggestions(words, bare());
    });
}
