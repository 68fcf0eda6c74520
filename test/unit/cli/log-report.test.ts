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
      'left out: 2 assets, 2 links of users, roles, tokens and releases: every server keeps its own',
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

it.each([
  ['items', { count: 40_000 }, 'entities: 12,000 of 40,000, 30 %, 23 s left'],
  ['nothing in advance', {}, 'entities: 12,000, 10 s'],
])('says every ten seconds how far a stage has come whose source knows %s', (_, totals, line) => {
  const { written, settings, wait } = reportSettings();
  const report = createLogReport(settings);
  report.stageStarted('entities');
  report.stageMoved('entities', { items: 11_000, bytes: 0, dropped: 1000, excluded: 0 }, totals);
  for (let tick = 0; tick <= 150; tick += 1) {
    // A request that is answered at once is no news.
    report.tick({ ...clearing, key: String(tick) });
    wait(100);
  }
  const told = 'count' in totals ? line : line.replace('12,000', '11,000');
  expect(written.err).toBe(`${told}\n`);
});

it('says every ten seconds what is done beside a transfer', () => {
  const { written, settings, wait } = reportSettings();
  const report = createLogReport(settings);
  report.working('reading before.tar.gz back');
  for (let tick = 0; tick <= 250; tick += 1) {
    report.tick(null);
    wait(100);
  }
  expect(written.err).toBe('reading before.tar.gz back, 10 s\nreading before.tar.gz back, 20 s\n');
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
    'NOT_EMPTY: ./x exists and is not empty. Give another folder, or `force` to replace what it holds.',
    '',
  ]);
  const verbose = createLogReport({ ...settings, verbose: true });
  verbose.diagnostic({ kind: 'info', message: 'getting metadata' });
  verbose.state('comparing');
  expect(written.err).toContain('server info: getting metadata\ncomparing the schemas\n');
});
