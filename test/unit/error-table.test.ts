import { expect, it } from 'vitest';
import { type ErrorRow, errorTable, exitCodes } from '../../src/protocol/errors.js';

const rows = Object.entries(errorTable) as [string, ErrorRow][];

function errorsPage(): string {
  const line = ([code, row]: [string, ErrorRow]) => {
    const cells = [row.exit, row.http ?? '', row.close ?? '', row.retryable ? 'yes' : ''];
    return `| \`${code}\` | ${cells.join(' | ')} | ${row.message.replaceAll('\n', ' ').replaceAll('|', '\\|')} |`;
  };
  return [
    '# Errors',
    '',
    'Generated from the one table, `src/protocol/errors.ts` (`npm run docs:errors`). A `TransferError` has the `code`,',
    'the filled-in `message`, `details` and `cause`. Words in braces are filled in. A message names options of the API; the',
    'command says its flag in their place: `--force` for `force`.',
    '',
    '## Exit codes of the command',
    '',
    '| code | means |',
    '|---|---|',
    ...Object.entries(exitCodes).map(([code, meaning]) => `| ${code} | ${meaning} |`),
    '',
    '## Codes',
    '',
    '| code | exit | HTTP status | close code | worth trying again | message |',
    '|---|---|---|---|---|---|',
    ...rows.map(line),
    '',
  ].join('\n');
}

it('documents every error as the table has it', async () => {
  await expect(errorsPage()).toMatchFileSnapshot('../../docs/errors.md');
});

it('gives every error a message that says what to do or what happened, and a documented exit code', () => {
  for (const [code, row] of rows) {
    expect(row.message.length, code).toBeGreaterThan(20);
    expect(Object.keys(exitCodes), code).toContain(String(row.exit));
  }
});
