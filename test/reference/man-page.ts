import { variables } from '../../src/cli/environment.js';
import { exitCodes } from '../../src/protocol/errors.js';
import type { DocumentedCommand } from './program.js';

/** Text as roff takes it: a dash is a minus that can be copied, a line must not begin with a control character. */
const escaped = (text: string) =>
  text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('→', '\\(->')
    .replaceAll('’', "'")
    .replace(/^([.'])/gm, '\\&$1');

const item = (term: string, text: string) => ['.TP', `.B ${escaped(term)}`, escaped(text)];

/** man/strapi-ferry.1 */
export function manPage(commands: readonly DocumentedCommand[], version: string): string {
  return `${[
    `.TH STRAPI\\-FERRY 1 "" "strapi\\-ferry ${escaped(version)}" "User Commands"`,
    '.SH NAME',
    'strapi\\-ferry \\- move content between Strapi servers, folders and archives',
    '.SH SYNOPSIS',
    commands.map(({ usage }) => `.B ${escaped(usage)}`).join('\n.br\n'),
    ...commands.flatMap(sectionOf),
    '.SH ENVIRONMENT',
    ...Object.entries(variables).flatMap(([name, means]) => item(name, means)),
    '.SH EXIT STATUS',
    ...Object.entries(exitCodes).flatMap(([code, means]) => item(code, means)),
  ].join('\n')}\n`;
}

function sectionOf({ name, description, guide, ...command }: DocumentedCommand): readonly string[] {
  return [
    `.SH ${escaped(name.toUpperCase())}`,
    escaped(description),
    ...[...command.arguments, ...command.options].flatMap(({ term, text }) => item(term, text)),
    ...Object.entries(guide?.limits ?? {}).flatMap(([name, text]) => item(`--limit ${name}=`, text)),
    ...(guide?.notes ?? []).flatMap((note) => ['.PP', escaped(note)]),
    ...(guide?.examples ?? []).flatMap(([line, does]) => [
      '.PP',
      `${escaped(does)}:`,
      '.PP',
      '.nf',
      escaped(line),
      '.fi',
    ]),
  ];
}
