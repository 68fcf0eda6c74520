import { Command } from 'commander';
import { addApply } from './commands/apply.js';
import { addCompletion } from './commands/completion.js';
import { addDiff } from './commands/diff.js';
import { addDoctor } from './commands/doctor.js';
import { addInspect } from './commands/inspect.js';
import { addPlan } from './commands/plan.js';
import { addServe } from './commands/serve.js';
import { addToken } from './commands/token.js';
import { addTransfer } from './commands/transfer.js';
import type { Host } from './host.js';
import { tooFewFiles } from './open-files.js';
import { cleanerOf, secretsIn } from './report/clean.js';
import { paintFor } from './report/paint.js';
import { version } from './version.js';
import { tellFailure, tellWrong } from './wrong-arguments.js';

/**
 * The commands, in the order of the help. What a command does is loaded when it is called: `--help` should cost no
 * more than Node itself.
 */
const commands = [
  addTransfer,
  addPlan,
  addApply,
  addDoctor,
  addServe,
  addToken,
  addDiff,
  addInspect,
  addCompletion,
];

export function createProgram(host: Host): Command {
  const paint = paintFor(host.stdout, host.env);
  const clean = cleanerOf(secretsIn(host));
  const program = new Command('strapi-ferry')
    .description('Moves content between Strapi servers, folders and archives, and says why when it cannot.')
    .version(version)
    .configureHelp({ styleTitle: (title) => paint('bold', title) })
    .configureOutput({
      writeOut: (text) => host.stdout.write(text),
      writeErr: (text) => host.stderr.write(text),
      getOutHelpWidth: () => host.stdout.columns ?? 80,
      getErrHelpWidth: () => host.stderr.columns ?? 80,
      outputError: (text) => tellWrong(clean(text), host),
    })
    // Wrong arguments are 2, as everywhere here; commander's own is 1.
    .exitOverride(({ exitCode }) => host.exit(exitCode === 0 ? 0 : 2));
  // Check first: a command that cannot load its modules would end with a stack trace.
  program.hook('preAction', (_, command) => {
    const error = tooFewFiles(host.openFiles?.());
    if (error === null) return;
    host.exit(tellFailure(error, command.opts()['json'] === true, host));
  });
  program.addHelpText('after', '\nstrapi-ferry <command> --help shows its flags, examples and exit codes.');
  for (const add of commands) add(program, host);
  return program;
}
