import { describe, expect, it } from 'vitest';
import { glyphsFor, paintFor } from '../../../src/cli/report/paint.js';
import type { Report } from '../../../src/cli/report/report.js';
import { createTerminalReport } from '../../../src/cli/report/terminal-report.js';
import { TransferError } from '../../../src/protocol/errors.js';
import { createEmulator } from '../../support/emulator.js';
import { clearing, counts, reportSettings, whole } from '../../support/settings.js';

/** A report on a terminal of that size, whose time passes in ticks. */
function atTerminal(columns = 80, rows = 24) {
  const terminal = createEmulator(columns, rows);
  const { settings, wait } = reportSettings();
  const report = createTerminalReport({ ...settings, out: terminal, err: terminal });
  report.began({ from: './content', to: 'https://cms.example.com/admin', dryRun: false });
  const pass = (ms: number, waiting: Parameters<Report['tick']>[0] = null) => {
    for (let left = ms; left > 0; left -= 100) {
      wait(100);
      report.tick(waiting);
    }
  };
  return { terminal, report, pass };
}

const rows = { items: 529, bytes: 0, dropped: 135, excluded: 0 };

/** As far as the middle of the assets. */
function halfway({ report, pass }: ReturnType<typeof atTerminal>): void {
  report.stageStarted('entities');
  pass(1100);
  report.stageCompleted('entities', rows);
  report.state('transferring.assets.moving');
  report.stageStarted('assets');
  pass(900);
  report.stageMoved('assets', { ...counts, items: 9, bytes: 50_000_000 }, { count: 18, bytes: 100_000_000 });
  pass(200);
}

it('fills the table in, and draws a bar with what is left where the totals are known', async () => {
  const at = atTerminal();
  halfway(at);
  expect(await at.terminal.screen()).toEqual([
    './content → https://cms.example.com/admin',
    'stage             items        size        time          rate   left out',
    'entities            529                   1.1 s         481/s        135',
    'assets                9    47.7 MiB       1.1 s    43.3 MiB/s          3',
    '━━━━━━━━━━━━━━━━━━━━────────────────────  50 %, 47.7 MiB of 95.4 MiB, 1 s left',
    '⠹ moving assets…',
  ]);
});

it.each([
  ['transferring.links.paused', 'paused before moving links…'],
  ['committing.paused', 'paused before putting the content in place…'],
])('says in the state %s before what it rests', async (state, words) => {
  const { terminal, report, pass } = atTerminal();
  report.state(state, true);
  pass(100);
  expect((await terminal.screen()).at(-1)).toContain(words);
});

it('draws no bar where no total is known, but what goes on', async () => {
  const { terminal, report, pass } = atTerminal();
  report.state('comparing');
  pass(100);
  expect((await terminal.screen()).at(-1)).toBe('⠙ comparing the schemas…');
  report.state('transferring.links.moving');
  report.stageStarted('links');
  pass(100);
  expect((await terminal.screen()).slice(1)).toEqual([
    'stage             items        size        time          rate   left out',
    'links                 0                   0.1 s',
    '⠹ moving links…',
  ]);
});

it('counts no time while a person reads a question', async () => {
  const at = atTerminal();
  halfway(at);
  at.report.pause();
  at.pass(60_000);
  at.report.resume();
  at.report.stageCompleted('assets', counts);
  at.report.completed({ ...whole, counts: { entities: rows, assets: counts } });
  expect((await at.terminal.screen()).at(-1)).toContain('done in 2.2 s');
});

it('says what is done beside a transfer', async () => {
  const { terminal, report, pass } = atTerminal();
  report.working('checking the token');
  pass(100);
  expect((await terminal.screen()).at(-1)).toBe('⠙ checking the token…');
});

it('says what it waits for, and since when', async () => {
  const { terminal, report, pass } = atTerminal();
  report.state('preparing.clearing');
  pass(400, clearing);
  expect((await terminal.screen()).at(-1)).toContain('preparing the destination…');
  pass(11_700, clearing);
  expect((await terminal.screen()).at(-1)).toMatch(/^. waiting for the server to clear its content, 12 s$/);
  pass(100, { ...clearing, key: 'destination 2' });
  expect((await terminal.screen()).at(-1)).toContain('preparing the destination…');
});

it('keeps retries and warnings above what it draws', async () => {
  const at = atTerminal();
  halfway(at);
  at.report.retried('stepStream', 1);
  at.report.diagnostic({ kind: 'warning', message: 'a file is missing' });
  at.report.diagnostic({ kind: 'info', message: 'not asked for' });
  at.pass(100);
  const screen = await at.terminal.screen();
  expect(screen.slice(0, 4)).toEqual([
    './content → https://cms.example.com/admin',
    '▲ no answer to stepStream yet, asking again (1)',
    '▲ server warning: a file is missing',
    'stage             items        size        time          rate   left out',
  ]);
  expect(screen).toHaveLength(8);
});

it('leaves the table, what was left out and why, and the sum', async () => {
  const at = atTerminal();
  halfway(at);
  at.report.stageCompleted('assets', counts);
  at.report.completed({ ...whole, counts: { entities: rows, assets: counts } });
  at.report.end();
  expect(await at.terminal.screen()).toEqual([
    './content → https://cms.example.com/admin',
    'stage             items        size        time          rate   left out',
    'entities            529                   1.1 s         481/s        135',
    'assets               18    67.5 MiB       1.1 s    61.3 MiB/s          3',
    'left out: 135 entities, 2 assets of users, roles, tokens and releases: every',
    'server keeps its own',
    'left out: 1 assets that the flags leave out',
    '✔ done in 2.2 s: 547 items, 67.5 MiB of files',
  ]);
});

it('leaves what had moved where it fails, and the reason, broken between words', async () => {
  const at = atTerminal(50);
  halfway(at);
  at.report.failed(new TransferError('NOT_EMPTY', { path: './x' }));
  expect((await at.terminal.screen()).slice(1)).toEqual([
    'stage             items        size        time',
    'entities            529                   1.1 s',
    'assets                9    47.7 MiB       1.1 s',
    '✖ NOT_EMPTY: ./x exists and is not empty. Give',
    'another folder, or `force` to replace what it',
    'holds.',
  ]);
});

describe('a terminal', () => {
  it('of 40 columns has no line that is wrapped', async () => {
    const at = atTerminal(40);
    halfway(at);
    at.pass(1200, { ...clearing, subject: 'the destination to take the links that were sent' });
    expect(await at.terminal.screen()).toEqual([
      './content →',
      'https://cms.example.com/admin',
      'stage             items        time',
      'entities            529       1.1 s',
      'assets                9       2.3 s',
      '━━━━━━━━━━━━───────────  50 %, 2 s left',
      expect.stringMatching(/^. waiting for the destination to …, 1 s$/),
    ]);
  });

  it('that becomes narrower, or wider, is drawn anew and shows nothing twice', async () => {
    const at = atTerminal(80);
    halfway(at);
    await at.terminal.screen();
    for (const columns of [44, 100]) {
      at.terminal.resize(columns, 24);
      at.pass(100);
      const screen = await at.terminal.screen();
      expect(screen.filter((line) => line.startsWith('stage'))).toHaveLength(1);
      expect(screen.filter((line) => line.includes('moving assets'))).toHaveLength(1);
    }
  });

  it('of few rows shows the last lines', async () => {
    const at = atTerminal(80, 4);
    halfway(at);
    at.pass(1000);
    const screen = await at.terminal.screen();
    expect(screen.filter((line) => line.includes('moving assets'))).toHaveLength(1);
    expect(screen.slice(-2)[0]).toContain('50 %');
  });

  it('gets its cursor back, however it ends', () => {
    const { settings } = reportSettings();
    for (const end of ['completed', 'failed', 'end'] as const) {
      let raw = '';
      const out = { isTTY: true, columns: 80, write: (text: string) => (raw += text) };
      const report = createTerminalReport({ ...settings, out });
      report.tick(null);
      expect(raw).toContain('\u001B[?25l');
      if (end === 'completed') report.completed(whole);
      if (end === 'failed') report.failed(new TransferError('ABORTED'));
      if (end === 'end') report.end();
      expect(raw.lastIndexOf('\u001B[?25h')).toBeGreaterThan(raw.lastIndexOf('\u001B[?25l'));
    }
  });

  it('is left alone while something is asked', async () => {
    const at = atTerminal();
    halfway(at);
    at.report.pause();
    at.terminal.write('May it?\n');
    at.pass(1000);
    expect(await at.terminal.screen()).toEqual(['./content → https://cms.example.com/admin', 'May it?']);
    at.report.resume();
    at.pass(100);
    expect((await at.terminal.screen()).at(-1)).toContain('moving assets');
  });
});

describe('colours and glyphs', () => {
  const terminal = { isTTY: true, write: () => {} };
  const pipe = { write: () => {} };
  it.each([
    ['a terminal has colours', terminal, {}, true],
    ['a pipe has none', pipe, {}, false],
    ['NO_COLOR takes them away', terminal, { NO_COLOR: '1' }, false],
    ['an empty NO_COLOR does not', terminal, { NO_COLOR: '' }, true],
    ['FORCE_COLOR gives them to a pipe', pipe, { FORCE_COLOR: '1' }, true],
    ['FORCE_COLOR=0 takes them away', terminal, { FORCE_COLOR: '0' }, false],
    ['NO_COLOR wins over FORCE_COLOR', terminal, { NO_COLOR: '1', FORCE_COLOR: '1' }, false],
    ['a dumb terminal has none', terminal, { TERM: 'dumb' }, false],
  ])('%s', (_, out, env, has) => {
    expect(paintFor(out, env)('red', 'x')).toBe(has ? '\u001B[31mx\u001B[39m' : 'x');
  });

  it('are ASCII on Linux’s console and in locales of another encoding', () => {
    expect(glyphsFor({ TERM: 'linux' }).full).toBe('#');
    expect(glyphsFor({ LANG: 'C' }).full).toBe('#');
    expect(glyphsFor({ LANG: 'en_GB.UTF-8' }).full).toBe('━');
    expect(glyphsFor({ LANG: 'C', LC_ALL: 'C.utf8' }).full).toBe('━');
    expect(glyphsFor({}).full).toBe('━');
  });
});
