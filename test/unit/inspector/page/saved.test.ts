import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { InspectionRecord, RecordingHeader } from '../../../../src/inspect/records.js';
import { replayRecording } from '../../../../src/inspect/replay/replay.js';
import {
  fileName,
  recordingText,
  recordsOf,
  testText,
  whyNoTest,
} from '../../../../src/inspector/page/model/saved.js';
import { createTimeline } from '../../../../src/inspector/page/model/timeline.js';
import { pressed } from '../../../support/lamp-records.js';

const fixture = readFileSync(new URL('../../../fixtures/inspections/retry.jsonl', import.meta.url), 'utf8');

function saved(text: string): string {
  const [head, ...records] = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown);
  const timeline = createTimeline();
  timeline.open('p1', head as RecordingHeader);
  timeline.add('p1', records as InspectionRecord[]);
  const [history] = timeline.histories;
  if (history === undefined) throw new Error('no history');
  return recordingText(history, recordsOf(history, timeline.entries));
}

/** Runs a saved test against a recording, as Vitest would. */
async function run(test: string, recording: string): Promise<void> {
  const files = {
    stream: async function* () {
      yield new TextEncoder().encode(recording);
    },
  };
  const body = test.replaceAll(/^import .*$/gm, '').replace('import.meta.url', '"file:///saved.test.ts"');
  const tests: (() => Promise<void>)[] = [];
  const scope = {
    test: (_: string, one: () => Promise<void>) => void tests.push(one),
    replayRecording: ({ path }: { path: string }) => replayRecording({ path, files }),
    expect,
    fileURLToPath,
  };
  new Function(...Object.keys(scope), body)(...Object.values(scope));
  expect(tests).toHaveLength(1);
  for (const one of tests) await one();
}

test('a recording that the page saves is the one that it was given', () => {
  expect(saved(fixture)).toBe(fixture);
});

test('a saved test passes as long as the charts do what was recorded, and fails where they do something else', async () => {
  const text = testText('retry.jsonl');
  await run(text, saved(fixture));
  const otherwise = fixture.replace('"value":"retrying"', '"value":"ready"');
  expect(otherwise).not.toBe(fixture);
  await expect(run(text, otherwise)).rejects.toThrow();
});

test('a name of a recording cannot end the text of its test', async () => {
  await run(testText(`it's "\${1}" \\ .jsonl`), fixture);
});

test('nothing is saved as a test that cannot be replayed, and the reason is told', () => {
  const [whole] = pressed(3).histories;
  const [cut] = pressed(1000, { keep: 100, chunk: 10 }).histories;
  expect(whole && whyNoTest(whole)).toBeNull();
  expect(cut && whyNoTest(cut)).toMatch(/^\d+ records are missing: it cannot be replayed$/);
});

test.each([
  ['nightly run.jsonl', 'nightly-run'],
  ['../../etc/passwd', '..-..-etc-passwd'],
  ['', 'recording'],
])('the file of %j is called %s', (name, expected) => {
  expect(fileName(name)).toBe(expected);
});
