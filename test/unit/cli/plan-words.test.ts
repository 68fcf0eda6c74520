import { describe, expect, test } from 'vitest';
import { createJsonReport } from '../../../src/cli/report/json-report.js';
import { createLogReport } from '../../../src/cli/report/log-report.js';
import { lostLines, planLines, planSum } from '../../../src/cli/report/plan-words.js';
import { createTerminalReport } from '../../../src/cli/report/terminal-report.js';
import type { DocumentChange, LostLink, MergePlan } from '../../../src/merge/plan.js';
import { countsOf } from '../../../src/transfer/merge/merge-work.js';
import { reportSettings } from '../../support/settings.js';

const type = 'api::article.article';
const change = (more: Partial<DocumentChange>): DocumentChange => ({
  ...{ verb: 'add', type, documentId: 'a1', isNewerThere: false, rows: [] },
  ...more,
});
const planOf = (documents: readonly DocumentChange[], more: Partial<MergePlan> = {}): MergePlan => ({
  ...{ documents, conflicts: [], missing: [], collisions: [], lost: [], files: { count: 0, bytes: null } },
  ...more,
});
const row = (verb: 'add' | 'replace' | 'delete' | 'keep', locale: string | null = null) =>
  ({ verb, locale, state: 'published' }) as const;

describe('what becomes of a document is one line:', () => {
  test.each<[Partial<DocumentChange>, string]>([
    [{ rows: [row('add', 'en'), row('add', 'de')] }, ': en published, de published'],
    [{ title: 'Üsküdar' }, ' "Üsküdar"'],
    [{ bytes: 2048 }, ' (2.0 KiB)'],
    [
      { verb: 'replace', rows: [row('replace', 'en'), row('add', 'de'), row('delete', 'fr')] },
      ': en published; added: de published; deleted: fr published',
    ],
    [{ verb: 'replace', isNewerThere: true, rows: [row('replace')] }, ': published (newer there)'],
    [{ verb: 'replace', standsAs: 's9' }, ' (there s9)'],
    [{ verb: 'replace', liesInNone: true }, ' (in no folder there: its own neither comes nor stands)'],
    [{ verb: 'keep', because: 'same', rows: [row('keep')] }, ' (nothing differs)'],
    [{ verb: 'keep', because: 'newer', isNewerThere: true }, ' (newer there)'],
    [{ verb: 'keep', because: 'alongside' }, ' (only its rows came along)'],
    [{ verb: 'keep', because: 'stands' }, ' (stands there already)'],
    [{ title: 'a\u001b[2Jb' }, ' "a\\u{1b}[2Jb"'],
    [{ title: 'x'.repeat(500) }, ` "${'x'.repeat(80)}…${'x'.repeat(39)}"`],
    [
      { rows: Array.from({ length: 12 }, (_, at) => row('add', `l${at}`)) },
      ': l0 published, l1 published, l2 published, l3 published, l4 published, l5 published, l6 published, l7 published, 4 more',
    ],
  ])('%j', (more, ending) => {
    const verb = { add: 'added', replace: 'replaced', keep: 'left' }[more.verb ?? 'add'];
    expect(planLines(planOf([change(more)]), false).at(-1)).toBe(`${verb} entity ${type}, a1${ending}`);
  });
});

test.each<[string, MergePlan]>([
  ['no document', planOf([])],
  ['1 document left as it is', planOf([change({ verb: 'keep' })])],
  [
    '2 documents added, 1 replaced, 2 left as they are; 1 row deleted, 3 links lost, 1 link left out; 2 files, 2.0 KiB',
    planOf(
      [
        ...[change({}), change({}), change({ verb: 'replace', rows: [row('delete')] })],
        ...[change({ verb: 'keep' }), change({ verb: 'keep' })],
      ],
      {
        lost: [{ type, field: 'related', target: type, count: 3, because: 'taken' }],
        missing: [{ type, documentId: 'a1', field: 'tags', target: { type, documentId: 'z' } }],
        files: { count: 2, bytes: 2048 },
      },
    ),
  ],
])('a plan is summed up as %s', (sum, plan) => {
  expect(planSum(plan)).toBe(sum);
});

test('the lines have a bound, those that delete first, and --verbose none', () => {
  const added = Array.from({ length: 5000 }, (_, at) => change({ documentId: `n${at}` }));
  const plan = planOf([...added, change({ verb: 'replace', documentId: 'd', rows: [row('delete', 'fr')] })]);
  const lines = planLines(plan, false);
  expect(lines.length).toBeLessThan(50);
  expect(lines[1]).toContain('deleted: fr published');
  expect(lines.at(-1)).toBe('and 4,961 more documents: --verbose lists all of them');
  expect(planLines(plan, true)).toHaveLength(5002);
});

test.each<[LostLink['because'], string]>([
  ['deleted', 'the row that they lead to is deleted'],
  ['taken', 'a document that comes takes what they lead to'],
  ['oneWay', 'a Strapi cannot keep them'],
  ['moved', 'a Strapi keeps them, in another order'],
])('links that are lost are named by field, %s', (because, why) => {
  const lost = [{ type, field: 'related', target: 'api::tag.tag', count: 2, because }];
  expect(lostLines({ ...planOf([]), lost }, false)).toEqual([
    `${because === 'moved' ? 'moved' : 'lost'} 2 links ${type} · related → api::tag.tag: ${why}`,
  ]);
});

describe.each([
  ['terminal', createTerminalReport],
  ['log', createLogReport],
])('the %s report', (_, create) => {
  test.each([
    [{ isDryRun: true }, true, 'dry run: nothing was changed; it would be 1 document added'],
    [{ isDryRun: false }, false, 'done in 2.0 s: 1 document added'],
    [{ isDryRun: false }, true, 'nothing to do, nothing was changed: 1 document added'],
    [
      { isDryRun: false, changeset: 'my changes' },
      true,
      "strapi-ferry apply 'my changes' --to ./b does exactly that",
    ],
  ])('says the same words before and after, %j', (how, isUnchanged, ending) => {
    const { written, settings, wait } = reportSettings();
    const report = create(settings);
    const plan = planOf([change({})]);
    report.began({ from: './a', to: './b', dryRun: how.isDryRun, merges: true });
    wait(2000);
    report.planned(plan);
    report.merged({ plan, counts: countsOf(plan), isUnchanged, isUnverified: false }, { to: './b', ...how });
    report.end();
    const said = written.out.replaceAll(/\s+/g, ' ');
    expect(said).toContain('plan: 1 document added');
    expect(said).toContain(ending);
  });

  test('says that a merge is done, and was not compared with the plan', () => {
    const { written, settings } = reportSettings();
    const report = create(settings);
    const plan = planOf([change({})]);
    const result = { plan, counts: countsOf(plan), isUnchanged: false, isUnverified: true };
    report.merged(result, { to: './b', isDryRun: false });
    report.end();
    expect(written.out.replaceAll(/\s+/g, ' ')).toContain(
      'done in 0.0 s, and not compared with the plan: 1 document added',
    );
  });

  test('says what was pulled in one line, and nothing of its stages', () => {
    const { written, settings, wait } = reportSettings();
    const report = create(settings);
    report.began({ from: 'http://a/admin', to: './b', dryRun: false, merges: true });
    const move = { part: 'source', phase: 0 } as const;
    report.moves(move);
    report.stageStarted('entities');
    wait(1500);
    report.stageCompleted('entities', { items: 12, bytes: 0, dropped: 0, excluded: 0 });
    report.moved(move);
    report.end();
    expect(written.out).toContain('read http://a/admin in 1.5 s: 12 items, 0 B of files');
    expect(written.out).not.toContain('rate');
  });
});

test('programs get the plan, each change, and a result', () => {
  const { written, settings } = reportSettings();
  const report = createJsonReport(settings);
  const lost = [{ type, field: 'related', target: type, count: 2, because: 'taken' } as const];
  const plan = planOf([change({})], { lost });
  report.planned(plan);
  report.merged(
    { plan, counts: countsOf(plan), isUnchanged: true, isUnverified: false },
    { to: './b', isDryRun: false, changeset: 'out' },
  );
  const events = written.out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as object);
  expect(events).toMatchObject([
    { event: 'plan', counts: { add: 1, lostLinks: 2 }, types: [{ type, add: 1, replace: 0, keep: 0 }], lost },
    { event: 'change', verb: 'add', type, documentId: 'a1' },
    { event: 'result', ok: true, exitCode: 0, counts: { add: 1 }, unchanged: true, lost, changeset: 'out' },
  ]);
});
