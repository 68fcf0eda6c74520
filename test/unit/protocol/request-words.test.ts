import { expect, test } from 'vitest';
import { encodeRequest } from '../../../src/protocol/codec.js';
import { stages } from '../../../src/protocol/content.js';
import { actions, commands } from '../../../src/protocol/messages.js';
import { parseRequestMessage } from '../../../src/protocol/request-message.js';
import { messageOf, requestName } from '../../../src/protocol/request-words.js';
import type { LifecycleRequest } from '../../../src/protocol/requests.js';

const uuid = 'u';
const plain = [...commands, ...actions].map(
  (name) => ({ type: `request.${name}`, uuid }) as LifecycleRequest,
);
const stepTypes = ['request.stepStart', 'request.stepStream', 'request.stepEnd'] as const;
const steps = [...stages, 'unknown' as const].flatMap((step) =>
  stepTypes.map((type) => ({ type, uuid, step })),
);

test.each([...plain, ...steps].map((request) => [requestName(request), request] as const))(
  '%s is read back as the request that it was',
  (_, request) => {
    const frame = encodeRequest(messageOf(request, { transferID: 't' }));
    const names =
      request.type === 'request.init' || request.type === 'request.status' ? {} : { transferID: 't' };
    expect(parseRequestMessage(frame, 'push')).toMatchObject({
      kind: 'request',
      request: { ...request, ...names },
    });
  },
);

test('a message brings what it is given', () => {
  const params = { transfer: 'pull' } as const;
  expect(messageOf({ type: 'request.init', uuid }, { params })).toEqual({
    type: 'command',
    command: 'init',
    params,
    uuid,
  });
  const stream = { type: 'request.stepStream', uuid, step: 'links' } as const;
  expect(messageOf(stream, { transferID: 't', data: [1] })).toEqual({
    ...{ type: 'transfer', kind: 'step', action: 'stream', step: 'links' },
    ...{ data: [1], uuid, transferID: 't' },
  });
});

test('a request has a name for people', () => {
  expect([...plain, ...steps].map(requestName)).toEqual(
    expect.arrayContaining(['init', 'beforeTransfer', 'links.start', 'assets.stream', 'unknown.end']),
  );
});
