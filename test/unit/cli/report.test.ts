import { describe, expect, it } from 'vitest';
import { formatBytes, formatDuration, formatStage } from '../../../src/cli/format.js';
import { createJsonReport, createTextReport } from '../../../src/cli/report.js';
import { TransferError } from '../../../src/protocol/errors.js';

const counts = { items: 18, bytes: 70_746_754, dropped: 2, excluded: 1 };

function settings(isTTY: boolean) {
  const written = { out: '', err: '' };
  let time = 0;
  const sink = (name: 'out' | 'err') => ({
    isTTY,
    columns: 80,
    write: (text: string) => {
      written[name] += text;
    },
  });
  const options = { out: sink('out'), err: sink('err'), now: () => time, verbose: false };
  return { written, options, wait: (ms: number) => (time += ms) };
}

it.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [1024, '1.0 KiB'],
  [70_746_754, '67.5 MiB'],
  [3 * 1024 ** 4, '3.0 TiB'],
])('writes %i bytes as %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));

it.each([
  [900, '0.9 s'],
  [59_900, '59.9 s'],
  [125_000, '2 min 5 s'],
])('writes %i ms as %s', (ms, text) => expect(formatDuration(ms)).toBe(text));

it('puts counts, bytes, time, rate and what did not move into a stage’s line', () => {
  const line = formatStage('assets', counts, 2000).replace(/ +/g, ' ');
  expect(line).toBe('assets 18 files 67.5 MiB 2.0 s 33.7 MiB/s (2 not transferable, 1 left out)');
});

describe('without a terminal', () => {
  it('writes one plain line a stage and no control character', () => {
    const { written, options } = settings(false);
    const report = createTextReport(options);
    report.state('opening');
    report.stageStarted('assets');
    report.stageMoved('assets', counts, { bytes: 100 });
    report.stageCompleted('assets', counts);
    report.completed({ counts: { assets: counts }, differences: [] });
    expect(written.out.split('\n')).toHaveLength(3);
    expect(written.out).not.toContain('\r');
    expect(written.out).not.toContain('\u001B');
    expect(written.err).toBe('');
  });

  it('writes errors, and warnings of the server, to stderr; its infos only where they are asked for', () => {
    const { written, options } = settings(false);
    const report = createTextReport(options);
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
    createTextReport({ ...options, verbose: true }).diagnostic({ kind: 'info', message: 'getting metadata' });
    expect(written.err).toContain('server info: getting metadata');
  });
});

it('redraws one line on a terminal, no wider than it and ten times a second at most', () => {
  const { written, options, wait } = settings(true);
  const report = createTextReport(options);
  report.stageStarted('assets');
  for (let moved = 0; moved < 100; moved += 1) {
    wait(10);
    report.stageMoved('assets', counts, { bytes: 2 * counts.bytes });
  }
  const redraws = written.out.split('\r').slice(1);
  expect(redraws).toHaveLength(10);
  expect(redraws[9]).toContain('50 %');
  for (const line of redraws) expect(line.replace('\u001B[2K', '').length).toBeLessThan(80);
});

it('writes one event a line as JSON, and the result last', () => {
  const { written, options, wait } = settings(false);
  const report = createJsonReport(options);
  report.state('opening');
  wait(200);
  report.stageMoved('assets', counts, {});
  report.stageMoved('assets', counts, {});
  report.failed(new TransferError('FORBIDDEN', { url: 'http://a/admin', scope: 'pull' }));
  const events = written.out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as object);
  expect(events).toMatchObject([
    { event: 'state', ms: 0, state: 'opening' },
    { event: 'stage.progress', ms: 200, stage: 'assets', counts },
    { event: 'result', ok: false, exitCode: 3, error: { code: 'FORBIDDEN' } },
  ]);
});
