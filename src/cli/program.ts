import { Command } from 'commander';
import { addCompletion } from './commands/completion.js';
import { addDiff } from './commands/diff.js';
import { addDoctor } from './commands/doctor.js';
import { addInspect } from './commands/inspect.js';
import { addServe } from './commands/serve.js';
import { addToken } from './commands/token.js';
import { addTransfer } from './commands/transfer.js';
import type { Host } from './host.js';
import { tooFewFiles } from './open-files.js';
import { cleanerOf, secretsIn } from './report/clean.js';
import { paintFor } from './report/paint.js';
import { version } from './version.js';

/**
 * The commands, in the order of the help. What a command does is loaded when it is called: `--help` should cost no
 * more than Node itself.
 */
const commands = [addTransfer, addDoctor, addServe, addToken, addDiff, addInspect];

export function createProgram(host: Host): Command {
  const program = withCommands(host);
  addCompletion(program, () => withCommands(host));
  return program;
}

function withCommands(host: Host): Command {
  const paint = paintFor(host.stdout, host.env);
  const clean = cleanerOf(secretsIn(host));
  const program = new Command('strapi-ferry')
    .description('Moves content between Strapi servers, folders and archives, and says why when it cannot.')
    .version(version)
    .showHelpAfterError('(add --help to see the flags)')
    .configureHelp({ styleTitle: (title) => paint('bold', title) })
    .configureOutput({
      writeOut: (text) => host.stdout.write(text),
      writeErr: (text) => host.stderr.write(text),
      getOutHelpWidth: () => host.stdout.columns ?? 80,
      getErrHelpWidth: () => host.stderr.columns ?? 80,
      outputError: (text, write) => write(clean(withoutValue(text))),
    })
    // Wrong arguments are 2, as everywhere here; commander's own is 1.
    .exitOverride(({ exitCode }) => host.exit(exitCode === 0 ? 0 : 2));
  // Check first: a command that cannot load its modules would end with a stack trace.
  program.hook('preAction', (_, command) => {
    const error = tooFewFiles(host.openFiles?.());
    if (error === null) return;
    const { code, message, details, row } = error;
    if (command.opts()['json'] === true) {
      const result = { event: 'result', ok: false, exitCode: row.exit, error: { code, message, details } };
      host.stdout.write(`${JSON.stringify(result)}\n`);
    } else host.stderr.write(`${code}: ${message}\n`);
    host.exit(row.exit);
  });
  program.addHelpText('after', '\nstrapi-ferry <command> --help shows its flags, examples and exit codes.');
  for (const add of commands) add(program, host);
  return program;
}

/** A flag that is not known may be a token's, misspelt. */
const withoutValue = (text: string) => text.replace(/(unknown option '--?[\w-]+=)[^\n]*'/, "$1…'");
