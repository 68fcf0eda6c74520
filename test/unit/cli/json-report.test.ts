import { expect, it } from 'vitest';
import { createJsonReport } from '../../../src/cli/report/json-report.js';
import { TransferError } from '../../../src/protocol/errors.js';
import { clearing, counts, reportSettings, whole } from '../../support/settings.js';

it('writes one event a line as JSON, and the result last', () => {
  const { written, settings, wait } = reportSettings();
  const report = createJsonReport(settings);
  report.state('opening');
  wait(200);
  report.stageMoved('assets', counts, {});
  report.stageMoved('assets', counts, {});
  report.tick(clearing);
  wait(900);
  report.tick(clearing);
  wait(100);
  report.tick(clearing);
  report.tick(clearing);
  report.retried('bootstrap', 1);
  report.failed(new TransferError('FORBIDDEN', { url: 'http://a/admin', scope: 'pull' }));
  const events = written.out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as object);
  expect(events).toMatchObject([
    { event: 'state', ms: 0, state: 'opening' },
    { event: 'stage.progress', ms: 200, stage: 'assets', counts },
    { event: 'wait', ms: 1200, end: 'destination', request: 'beforeTransfer' },
    { event: 'retry', request: 'bootstrap', retry: 1 },
    { event: 'result', ok: false, exitCode: 3, error: { code: 'FORBIDDEN' } },
  ]);
  expect(events).toHaveLength(5);
});

it('tells in the result what the destination lacks, by type', () => {
  const { written, settings } = reportSettings();
  const lostToSchemas = [{ type: 'api::a.a', entities: 2, links: 1, cut: 0 }];
  createJsonReport(settings).completed({ ...whole, lostToSchemas });
  expect(JSON.parse(written.out)).toMatchObject({ event: 'result', ok: true, lostToSchemas });
});
