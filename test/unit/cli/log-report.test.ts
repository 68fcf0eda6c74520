import { expect, it } from 'vitest';
import { createLogReport } from '../../../src/cli/report/log-report.js';
import { TransferError } from '../../../src/protocol/errors.js';
import { clearing, counts, reportSettings, whole } from '../../support/settings.js';

const plan = { from: './a', to: './b', dryRun: false };

it('writes one plain line a stage and no control character', () => {
  const { written, settings, wait } = reportSettings();
  const report = createLogReport(settings);
  report.began(plan);
  report.state('opening');
  report.stageStarted('assets');
  wait(2000);
  report.stageMoved('assets', counts, { bytes: 100 });
  report.tick(null);
  report.stageCompleted('assets', counts);
  report.stageStarted('links');
  report.stageCompleted('links', { ...counts, bytes: 0, items: 4067 });
  report.completed({ ...whole, counts: { assets: counts } });
  report.end();
  expect(written).toEqual({
    out: [
      'stage             items        size        time          rate   left out',
      'assets               18    67.5 MiB       2.0 s    33.7 MiB/s          3',
      'links             4,067                   0.0 s   4,067,000/s          3',
      'left out: 2 assets, 2 links of types that are never transferred',
      'left out: 1 assets, 1 links that the flags leave out',
      'done in 2.0 s: 4,085 items, 67.5 MiB of files',
      '',
    ].join('\n'),
    err: '',
  });
});

it('is not simply done where the destination lacks something: what, by type', () => {
  const { written, settings } = reportSettings();
  const report = createLogReport(settings);
  report.began(plan);
  report.stageStarted('entities');
  report.stageCompleted('entities', { items: 1, bytes: 0, dropped: 0, excluded: 2 });
  const differences = [{ type: 'api::a.a', path: 'api::a.a', kind: 'deleted' }] as const;
  const lostToSchemas = [{ type: 'api::a.a', entities: 2, links: 0, cut: 0 }];
  report.completed({ ...whole, differences, lostToSchemas });
  expect(written.err).toContain('not moved, since the schemas differ:\n- api::a.a: 2 entities left out\n');
  expect(written.out).toMatch(
    /\ndone in 0\.0 s, but not all of it fits the schemas of the destination: 1 items/,
  );
  expect(written.out).not.toContain('that the flags leave out');
});

it('says every ten seconds what is waited for, from the tenth on', () => {
  const { written, settings, wait } = reportSettings();
  const report = createLogReport(settings);
  for (let tick = 0; tick < 250; tick += 1) {
    report.tick(clearing);
    wait(100);
  }
  report.tick({ ...clearing, key: 'destination 2', subject: 'the server to take the links' });
  expect(written.err.split('\n')).toEqual([
    'waiting for the server to clear its content, 10 s',
    'waiting for the server to clear its content, 20 s',
    '',
  ]);
});

it('writes errors, retries and warnings of the server to stderr; its infos only where they are asked for', () => {
  const { written, settings } = reportSettings();
  const report = createLogReport(settings);
  report.diagnostic({ kind: 'info', message: 'getting metadata' });
  report.diagnostic({ kind: 'warning', message: 'a file is missing' });
  report.retried('bootstrap', 1);
  report.failed(new TransferError('NOT_EMPTY', { path: './x' }));
  expect(written.out).toBe('');
  expect(written.err.split('\n')).toEqual([
    'server warning: a file is missing',
    'no answer to bootstrap yet, asking again (1)',
    'NOT_EMPTY: ./x exists and is not empty. Give another folder, or --force to replace what it holds.',
    '',
  ]);
  const verbose = createLogReport({ ...settings, verbose: true });
  verbose.diagnostic({ kind: 'info', message: 'getting metadata' });
  verbose.state('comparing');
  expect(written.err).toContain('server info: getting metadata\nstate: comparing\n');
});
