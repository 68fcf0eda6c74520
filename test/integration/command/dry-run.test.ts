import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createMemoryStore } from '../../../src/stores/memory.js';
import { createTransfer } from '../../../src/transfer/create-transfer.js';
import { eventsOf, outcomeOf, runCommand } from '../../support/command.js';
import { smallContent } from '../../support/small-content.js';
import { treeOf } from '../../support/tree.js';

let scratch = '';
let template = '';
let cwd = '';

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'ferry-dry-run-'));
  template = join(scratch, 'template');
  const from = createMemoryStore(smallContent).source();
  await createTransfer({ from, to: join(template, 'export') }).done;
  const old = createMemoryStore({ entities: smallContent.entities });
  for (const to of ['target', 'target.tar']) {
    await createTransfer({ from: old.source(), to: join(template, to) }).done;
  }
});
beforeEach(async () => {
  cwd = await mkdtemp(join(scratch, 'case-'));
  await cp(template, cwd, { recursive: true });
});
afterAll(() => rm(scratch, { recursive: true }));

const move = (to: string, ...flags: string[]) =>
  runCommand(['transfer', '--from', 'export', '--to', to, ...flags], { cwd });

describe('--dry-run', () => {
  test.each(['target', 'target.tar', 'new/deep/target', 'new/deep/target.tar'])(
    'says what would move to %s, and changes nothing',
    async (to) => {
      const before = await treeOf(cwd);
      const text = await move(to, '--dry-run');
      expect(text).toMatchObject({ exitCode: 0, stderr: '' });
      expect(text.stdout).toMatch(/^entities +3 /m);
      expect(text.stdout).toMatch(
        /\ndry run: nothing was changed; 10 items, 293\.0 KiB of files would move\n$/,
      );
      const json = await move(to, '--dry-run', '--json');
      expect(outcomeOf(json)).toMatchObject({
        ...{ ok: true, exitCode: 0, differences: 0 },
        counts: {
          entities: { items: 3 },
          assets: { items: 3, bytes: 300_011 },
          links: { items: 2 },
          configuration: { items: 2 },
        },
      });
      expect(await treeOf(cwd)).toEqual(before);
    },
  );

  test('finds what would fail', async () => {
    await rm(join(cwd, 'export/assets/uploads/vapur_2.bin'));
    const before = await treeOf(cwd);
    const result = await move('target', '--dry-run', '--json');
    expect(outcomeOf(result)).toMatchObject({ exitCode: 6, error: { code: 'MISSING_ASSET' } });
    expect(await treeOf(cwd)).toEqual(before);
  });
});

describe('--throttle', () => {
  test('rests so long after each item', async () => {
    const result = await move('target', '--force', '--json', '--only', 'content', '--throttle', '100');
    expect(outcomeOf(result)).toMatchObject({ exitCode: 0, counts: { entities: { items: 3 } } });
    const at = (event: string) =>
      eventsOf(result).find((each) => each.event === event && each.stage === 'entities')?.ms ?? Number.NaN;
    expect(at('stage.completed') - at('stage.started')).toBeGreaterThanOrEqual(3 * 100);
  });

  test.each(['soon', '-1', '1.5', '9999999999'])('is refused where it is %s', async (value) => {
    const before = await treeOf(cwd);
    const result = await move('target', '--force', '--json', `--throttle=${value}`);
    expect(outcomeOf(result)).toMatchObject({ exitCode: 2, error: { code: 'INVALID_OPTION' } });
    expect(outcomeOf(result).error?.message).toContain('throttle');
    expect(await treeOf(cwd)).toEqual(before);
  });
});
