import { variables } from '../../src/cli/environment.js';
import { exitCodes } from '../../src/protocol/errors.js';
import type { DocumentedCommand } from './program.js';

const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('<', '\\<');

/** docs/cli.md */
export function cliPage(commands: readonly DocumentedCommand[]): string {
  return `${[
    '# The command',
    '',
    'Generated from the program itself (`npm run docs:cli`), as is the man page (`man strapi-ferry`).',
    '',
    ...commands.flatMap(sectionOf),
    '## Environment',
    '',
    '| variable | means |',
    '|---|---|',
    ...Object.entries(variables).map(([name, means]) => `| \`${name}\` | ${means} |`),
    '',
    '## Exit codes',
    '',
    'A command uses those that it names. An output that is closed or full changes none: the work goes on, and only `token create`, whose key would be lost, ends with 7. [All errors](errors.md) have theirs.',
    '',
    '| code | means |',
    '|---|---|',
    ...Object.entries(exitCodes).map(([code, means]) => `| ${code} | ${means} |`),
    '',
    '## Events of `transfer --json`',
    '',
    'One JSON object a line, each with `event` and `ms` since the start. The last one is the `result`.',
    '',
    '| event | fields |',
    '|---|---|',
    '| `backup.started`, `backup.completed` | `path`; what stands between them is of the backup that --backup makes |',
    '| `state` | `state` of the transfer’s chart |',
    '| `wait` | a server has owed an answer for a second: `end` (source, destination), `request` |',
    '| `stage.started` | `stage` |',
    '| `stage.progress` | `stage`, `counts` (items, bytes, dropped, excluded), `totals` where known; ten a second at most |',
    '| `stage.completed` | `stage`, `counts` |',
    '| `diagnostic` | what the server reports: `kind`, `message`, `origin` |',
    '| `warning` | what the user should think about before it goes on: `text` |',
    '| `retry` | a message is sent again: `request`, `retry` from 1 |',
    '| `result` | `ok`, `exitCode`; `counts`, `removals` (what a push deletes at a server), `differences` (how many) and `schemaDifferences` (`type`, `path`, `kind`, `source`, `destination`), `lostToSchemas` (`type`, `entities`, `links`, `cut`), `reported` (`warnings` and `errors`, all of them; of the warnings `unreadTypes`, `missingFiles`, `omittedLinks`, `skippedLinks` and `otherWarnings`; and the first 20 `messages`: `kind`, `url`, `message`), `findings` (what was doubted before a server was cleared: `kind`, `text`), or `error` with `code`, `message`, `details` |',
    '',
  ].join('\n')}`;
}

function limitsOf(guide: DocumentedCommand['guide']): readonly string[] {
  if (guide?.limits === undefined) return [];
  const rows = Object.entries(guide.limits).map(([name, text]) => `| \`${name}\` | ${cell(text)} |`);
  return ['| `--limit` | means |', '|---|---|', ...rows, ''];
}

function sectionOf({ name, usage, description, guide, ...command }: DocumentedCommand): readonly string[] {
  const rows = [...command.arguments, ...command.options];
  return [
    `## ${name}`,
    '',
    description.replaceAll('<', '\\<'),
    '',
    '```',
    usage,
    '```',
    '',
    '| argument or flag | means |',
    '|---|---|',
    ...rows.map(({ term, text }) => `| \`${term}\` | ${cell(text)} |`),
    '',
    '```sh',
    ...(guide?.examples ?? []).flatMap(([line, does]) => [`# ${does}`, line]),
    '```',
    '',
    ...limitsOf(guide),
    ...(guide?.notes ?? []).flatMap((note) => [note, '']),
    `Exit codes: ${Object.entries(guide?.exits ?? {})
      .map(([code, means]) => `${code} ${means}`)
      .join('; ')}.`,
    '',
  ];
}
