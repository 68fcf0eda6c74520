import tab from '@bomb.sh/tab/commander';
import type { Command } from 'commander';

/** The library's adapter reads the completions off commander's own definitions. It adds commands of its own. */
const completionsOf = (program: Command) => tab(program, { completionCommandName: 'completion' });

/** Prints the script for a shell; it calls `strapi-ferry complete -- <words>`. */
export function printScript(shell: string, program: Command): void {
  completionsOf(program).setup(program.name(), program.name(), shell);
}

/** Prints what the last of the words may become. */
export function printSuggestions(words: readonly string[], program: Command): void {
  completionsOf(program).parse([...words]);
}
