import type { Command, Option } from 'commander';
import { type Guide, guideOf } from '../../src/cli/guide.js';
import type { Host } from '../../src/cli/host.js';
import { createProgram } from '../../src/cli/program.js';

/** One command as it is documented. */
export interface DocumentedCommand {
  /** `token create` */
  readonly name: string;
  readonly usage: string;
  readonly description: string;
  readonly arguments: readonly { readonly term: string; readonly text: string }[];
  readonly options: readonly { readonly term: string; readonly long: string; readonly text: string }[];
  readonly guide: Guide | undefined;
}

const host: Host = {
  stdin: {},
  stdout: { write: () => {} },
  stderr: { write: () => {} },
  env: {},
  on: () => {},
  off: () => {},
  exit: () => {},
};

/** Every command that does something, in the order of the help. */
export function documentedCommands(): readonly DocumentedCommand[] {
  return leaves(createProgram(host), []);
}

function leaves(command: Command, path: readonly string[]): readonly DocumentedCommand[] {
  const help = command.createHelp();
  const inner = help.visibleCommands(command).filter((each) => each.name() !== 'help');
  if (inner.length > 0) return inner.flatMap((each) => leaves(each, [...path, each.name()]));
  return [
    {
      name: path.join(' '),
      usage: ['strapi-ferry', ...path, command.usage()].join(' '),
      description: command.description(),
      arguments: help
        .visibleArguments(command)
        .map((each) => ({ term: `<${each.name()}>`, text: help.argumentDescription(each) })),
      options: help
        .visibleOptions(command)
        .map((each: Option) => ({ term: each.flags, long: each.long ?? '', text: each.description })),
      guide: guideOf(command),
    },
  ];
}
