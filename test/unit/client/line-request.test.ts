import { expect, test } from 'vitest';
import { lineRequest } from '../../../src/client/line-request.js';
import { parseRequestMessage } from '../../../src/protocol/request-message.js';

test('a request of the chart goes to a line under its uuid, by its name, as its message', () => {
  const request = { type: 'request.stepStream', uuid: 'u', step: 'links' } as const;
  const { uuid, kind, frame } = lineRequest(request, { transferID: 't', data: [1] });
  expect([uuid, kind]).toEqual(['u', 'links.stream']);
  expect(parseRequestMessage(frame, 'push')).toMatchObject({
    request: { ...request, transferID: 't' },
    content: [1],
  });
});
