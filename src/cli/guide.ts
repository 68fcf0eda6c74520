import type { Command, Help } from 'commander';
import type { ExitCode } from '../protocol/errors.js';
import { variables } from './environment.js';
import type { LimitWords } from './limits.js';

export interface Guide {
  readonly examples: readonly (readonly [command: string, does: string])[];
  readonly notes?: readonly string[];
  readonly limits?: LimitWords<string>;
  readonly variables?: readonly (keyof typeof variables)[];
  readonly exits: Readonly<Partial<Record<ExitCode, string>>>;
}

const guides = new WeakMap<Command, Guide>();

export const guideOf = (command: Command): Guide | undefined => guides.get(command);

export function addGuide(command: Command, guide: Guide): void {
  guides.set(command, guide);
  command.addHelpText('after', ({ error }) => (error ? '' : helpText(command, guide)));
}

function helpText(command: Command, guide: Guide): string {
  const { examples, notes = [], limits, variables: names = [], exits } = guide;
  const help = command.createHelp();
  const width = command.configureOutput().getOutHelpWidth?.() ?? 80;
  help.prepareContext({ helpWidth: width });
  const title = (text: string) => `\n${help.styleTitle(text)}`;
  const items = (rows: readonly (readonly [string, string])[]) => {
    const longest = Math.max(...rows.map(([term]) => term.length));
    return rows.map(([term, text]) => help.formatItem(term, longest, text, help));
  };
  return [
    title('Examples:'),
    // An example is to be copied: it is never broken, and what it does stands above it.
    ...examples.flatMap(([line, does]) => [`  # ${does}`, `  ${line}`]),
    ...notes.flatMap((note) => ['', wrapped(note, width, help)]),
    ...(limits === undefined ? [] : [title('Limits:'), ...items(Object.entries(limits))]),
    ...(names.length === 0
      ? []
      : [title('Environment:'), ...items(names.map((name) => [name, variables[name]]))]),
    title('Exit codes:'),
    ...items(Object.entries(exits)),
  ].join('\n');
}

const wrapped = (text: string, width: number, help: Help) => help.boxWrap(text, width);
