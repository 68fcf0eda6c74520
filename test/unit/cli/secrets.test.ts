import { describe, expect, it } from 'vitest';
import { createJsonReport } from '../../../src/cli/report/json-report.js';
import { createLogReport } from '../../../src/cli/report/log-report.js';
import type { Report } from '../../../src/cli/report/report.js';
import { withoutSecrets } from '../../../src/cli/report/secrets.js';
import { createTerminalReport } from '../../../src/cli/report/terminal-report.js';
import { TransferError, transferErrorOf } from '../../../src/protocol/errors.js';
import { reportSettings } from '../../support/settings.js';

const secrets = ['planted-token', 'planted-token-longer', 'pass "word"', undefined, ''];

/** Everything that a report says of what comes from outside, with secrets planted in it. */
function sayAll(report: Report): void {
  const planted = 'heard planted-token-longer, planted-token and pass "word"';
  report.began({ from: planted, to: './b', dryRun: false });
  for (const kind of ['info', 'warning', 'error'] as const) {
    report.diagnostic({ kind, message: planted, origin: planted });
  }
  report.failed(
    transferErrorOf('PEER_ERROR', {
      url: 'http://a/admin',
      request: 'init',
      answer: planted,
      list: [planted, { inner: planted }, 7, null],
    }),
  );
}

describe.each([
  ['terminal', createTerminalReport],
  ['log', createLogReport],
  ['JSON', createJsonReport],
])('the %s report', (name, create) => {
  it('writes no token and no password, whatever holds it', () => {
    const { written, settings } = reportSettings();
    sayAll(withoutSecrets(create({ ...settings, verbose: true }), secrets));
    const all = written.out + written.err;
    expect(all.match(/\[hidden\]/g)?.length).toBeGreaterThanOrEqual(12);
    expect(all).not.toMatch(/planted|pass \\?"word/);
    if (name === 'JSON') for (const line of all.trim().split('\n')) JSON.parse(line);
  });

  it('writes no code that would steer a terminal', () => {
    const { written, settings } = reportSettings();
    const report = withoutSecrets(create({ ...settings, verbose: true }), []);
    report.diagnostic({ kind: 'warning', message: 'a\u001B[2Jb\u001B]0;title\u0007c\rd\u0000e' });
    expect(written.out + written.err).toContain('abcde');
    expect(written.out + written.err).not.toContain('[2J');
  });
});

it('leaves an error its code, its exit code and the rest of its details', () => {
  const { written, settings } = reportSettings();
  withoutSecrets(createJsonReport(settings), ['x']).failed(new TransferError('NOT_EMPTY', { path: './a' }));
  expect(JSON.parse(written.out)).toMatchObject({
    exitCode: 7,
    error: { code: 'NOT_EMPTY', details: { path: './a' } },
  });
});
