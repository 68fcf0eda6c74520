import { describe, expect, test } from 'vitest';
import type { Asked } from '../../../src/cli/answers.js';
import { checkRecording, recordedWords } from '../../../src/cli/recording.js';

const holding = (size: number, kind: 'file' | 'other' = 'file') => ({
  stat: async () => ({ kind, size, id: '1', changed: 0 }),
});
const nothing = { stat: async () => undefined };
const answering = (confirmed: boolean): Asked => ({
  ask: {
    confirm: async () => confirmed,
    choose: () => Promise.reject(new Error('not asked')),
    secret: () => Promise.reject(new Error('not asked')),
  },
  because: null,
});
const mute = { ask: null, because: 'CI is set' };
const record = 'run.jsonl';

describe('a recording', () => {
  test.each([
    ['nothing stands there', {}, nothing],
    ['the file is empty', {}, holding(0)],
    ['it is a device', {}, holding(9, 'other')],
    ['--force was given', { force: true }, holding(9)],
  ])('is written unasked where %s', async (_, flags, files) => {
    await expect(checkRecording({ record, ...flags }, mute, files)).resolves.toBeUndefined();
  });

  test('replaces no file where the command cannot ask, and says what to do', async () => {
    await expect(checkRecording({ record }, mute, holding(9))).rejects.toThrow(
      'Option --record cannot be run.jsonl: a file stands there, and the command cannot ask because CI is set. Give another name, or --force to replace it.',
    );
  });

  test('replaces a file where a person says so, and no other', async () => {
    await expect(checkRecording({ record }, answering(true), holding(9))).resolves.toBeUndefined();
    await expect(checkRecording({ record }, answering(false), holding(9))).rejects.toMatchObject({
      code: 'ABORTED',
    });
  });

  test('says how to look at it, as a shell takes it', () => {
    expect(recordedWords({ record })).toBe('recorded; to look at it: strapi-ferry inspect run.jsonl');
    expect(recordedWords({ record: 'my run.jsonl' })).toContain("inspect 'my run.jsonl'");
    expect(recordedWords({})).toBeNull();
  });
});
