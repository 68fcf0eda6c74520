import { expect, test } from 'vitest';
import type { InspectionRecord } from '../../../../src/inspect/records.js';
import { readFile } from '../../../../src/inspector/page/file.js';
import { createTimeline } from '../../../../src/inspector/page/model/timeline.js';
import { actor, header, machine, step } from '../../../support/lamp-records.js';

const fileOf = (records: readonly InspectionRecord[]) =>
  new Blob([header(), ...records].map((one) => `${JSON.stringify(one)}\n`));

test('a recording that is opened while another is read takes its place, and nothing of that is in it', async () => {
  const timeline = createTimeline();
  const first = new AbortController();
  const steps = Array.from({ length: 20_000 }, (_, index) => step(3 + index, index, 'on'));
  const reading = readFile(fileOf([machine, actor(2), ...steps]), timeline, first.signal);
  const ended = reading.catch((error: unknown) => error);
  await new Promise<void>((begun) => timeline.subscribe(begun));
  first.abort(new Error('another one is read'));
  const second = readFile(fileOf([machine, actor(2)]), timeline, new AbortController().signal);
  expect(await second).toBe('cutOff');
  expect(await ended).toBe(first.signal.reason);
  expect([...timeline.entries].map(({ record }) => record.seq)).toEqual([1, 2]);
});
