import { describe, expect, test } from 'vitest';
import { handles, sendIfHandled } from '../../../machines/handles.js';

describe('an event', () => {
  const actor = (status: string, can: boolean) => {
    const sent: object[] = [];
    const snapshot = { status, can: ({ type }: { type: string }) => can && type === 'abort' };
    return { sent, getSnapshot: () => snapshot, send: (event: object) => sent.push(event) };
  };

  test.each([
    ['active', true, true],
    ['active', false, false],
    ['done', true, false],
    ['stopped', true, false],
  ])('is sent to a chart that is %s and can take it (%s): %s', (status, can, taken) => {
    const receiver = actor(status, can);
    expect(handles(receiver.getSnapshot(), { type: 'abort' })).toBe(taken);
    expect(sendIfHandled(receiver, { type: 'abort' })).toBe(taken);
    expect(receiver.sent).toEqual(taken ? [{ type: 'abort' }] : []);
  });
});
