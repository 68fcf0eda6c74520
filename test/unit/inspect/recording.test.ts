import { describe, expect, test } from 'vitest';
import { createInspection } from '../../../src/inspect/inspection.js';
import { readRecording } from '../../../src/inspect/reading.js';
import { createRecorder } from '../../../src/inspect/recorder.js';
import type { InspectionRecord } from '../../../src/inspect/records.js';
import { createMemoryFiles } from '../../../src/testing/memory-files.js';
import { moveInspected } from '../../support/inspected-transfer.js';

async function record() {
  const files = createMemoryFiles();
  await files.makeDirectory('/tmp');
  const inspection = createInspection({ roles: ['client', 'server'] });
  const records: InspectionRecord[] = [];
  inspection.attach(createRecorder({ path: '/tmp/a.jsonl', files }));
  inspection.attach({ write: (group) => void records.push(...group) });
  await moveInspected(inspection);
  await inspection.close();
  return { text: new TextDecoder().decode(await files.read('/tmp/a.jsonl')), records };
}

const filesOf = (...chunks: readonly (string | Uint8Array)[]) => ({
  async *stream() {
    for (const chunk of chunks) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
  },
});

async function readAll(...chunks: readonly (string | Uint8Array)[]) {
  const recording = await readRecording({ path: 'a.jsonl', files: filesOf(...chunks) });
  const records: InspectionRecord[] = [];
  for await (const group of recording.records) records.push(...group);
  return { header: recording.header, records, ending: recording.ending() };
}

const header = JSON.stringify({
  ferry: 'recording',
  format: 1,
  version: '9.9.9',
  startedAt: '2026-01-02T03:04:05.678Z',
  roles: ['client'],
  data: false,
});
const unreadable = (reason: RegExp) =>
  expect.objectContaining({ code: 'RECORDING_UNREADABLE', message: expect.stringMatching(reason) });

describe('a recording', () => {
  test('holds every record, and is read back as it was', async () => {
    const { text, records } = await record();
    const read = await readAll(text);
    expect(read.records).toEqual(records);
    expect(read.records.length).toBeGreaterThan(500);
    expect(read.ending).toBe('complete');
    expect(read.header).toMatchObject({ format: 1, roles: ['client', 'server'], data: false });
  });

  test('is the same in whatever pieces it comes from the disk', async () => {
    const { text } = await record();
    const bytes = Buffer.from(text);
    const pieces = Array.from({ length: Math.ceil(bytes.length / 1009) }, (_, index) =>
      bytes.subarray(index * 1009, (index + 1) * 1009),
    );
    expect((await readAll(...pieces)).records).toEqual((await readAll(text)).records);
  });

  test('that was cut off counts up to its last whole line, and says so', async () => {
    const { text } = await record();
    const whole = await readAll(text);
    const cut = await readAll(text.slice(0, text.length / 2));
    expect(cut.ending).toBe('cutOff');
    expect(cut.records.length).toBeGreaterThan(100);
    expect(cut.records).toEqual(whole.records.slice(0, cut.records.length));
  });

  test('of a later format is refused, and names who made it', async () => {
    const later = header.replace('"format":1', '"format":2');
    await expect(readAll(`${later}\n`)).rejects.toEqual(
      unreadable(/format 2 \(strapi-ferry 9\.9\.9\).*reads format 1/),
    );
  });

  test.each([
    ['another file', 'PK\u0003\u0004 something\nelse\n', /not the header of a recording/],
    ['other JSON', '{"type":"step"}\n', /not the header of a recording/],
    ['an empty file', '', /it is empty/],
    [
      'a line in the middle that is no JSON',
      `${header}\n{"type":"end","seq":1\n{"type":"end","seq":1,"ms":1}\n`,
      /line 2 is no record/,
    ],
    ['a record without what it needs', `${header}\n{"type":"step","seq":1,"ms":1}\n`, /line 2 is no record/],
  ])('is refused where it is %s', async (_, text, reason) => {
    await expect(readAll(text)).rejects.toEqual(unreadable(reason));
  });

  test('of a type that is not known yet is passed over', async () => {
    const { records } = await readAll(
      `${header}\n{"type":"later","seq":1,"ms":1}\n{"type":"end","seq":2,"ms":2}\n`,
    );
    expect(records.map(({ type }) => type)).toEqual(['end']);
  });

  test('without an end to its line is refused before it fills the memory', async () => {
    let asked = 0;
    const endless = {
      async *stream() {
        for (;;) {
          asked += 1;
          yield Buffer.alloc(256 * 1024, 'x');
        }
      },
    };
    await expect(readRecording({ path: 'a.jsonl', files: endless })).rejects.toEqual(
      unreadable(/has no end/),
    );
    expect(asked).toBeLessThan(20);
  });

  test('however long is read no faster than it is asked for', async () => {
    let asked = 0;
    const line = `{"type":"dropped","seq":1,"ms":1,"count":1,"reason":"x"}\n`;
    const long = {
      async *stream() {
        yield Buffer.from(`${header}\n`);
        for (; asked < 10_000; asked += 1) yield Buffer.from(line.repeat(100));
      },
    };
    const recording = await readRecording({ path: 'a.jsonl', files: long });
    let groups = 0;
    for await (const group of recording.records) {
      groups += 1;
      expect(group).toHaveLength(100);
      expect(asked).toBeLessThan(groups + 2);
      if (groups === 50) break;
    }
    expect(groups).toBe(50);
  });
});

describe('a recorder', () => {
  test('says before anything begins that its file cannot be made', async () => {
    const recorder = createRecorder({ path: '/nowhere/a.jsonl', files: createMemoryFiles() });
    await expect(recorder.open()).rejects.toMatchObject({ code: 'RECORDING_UNWRITABLE' });
  });

  test('whose disk is full leaves the transfer alone', async () => {
    const files = createMemoryFiles({ capacity: 1000 });
    await files.makeDirectory('/tmp');
    const errors: unknown[] = [];
    const inspection = createInspection({ onError: (error) => errors.push(error) });
    inspection.attach(createRecorder({ path: '/tmp/a.jsonl', files }));
    await moveInspected(inspection);
    await inspection.close();
    expect(errors).toEqual([expect.objectContaining({ code: 'ENOSPC' })]);
  });
});
