import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeConfirmation, encodeRequest, encodeStream } from '../../../src/protocol/codec.js';
import { steps } from '../../../src/protocol/content.js';
import { TransferError } from '../../../src/protocol/errors.js';
import { actions, commands, type RequestMessage } from '../../../src/protocol/messages.js';
import { parseRequestMessage } from '../../../src/protocol/request-message.js';
import type { Direction } from '../../../src/protocol/requests.js';
import { parseServerMessage } from '../../../src/protocol/validate.js';
import { createBatchFrame } from '../../../src/server/batch-frame.js';
import { batchesOf, writeBatch } from '../../../src/server/pull-batches.js';
import { createMemoryStore } from '../../../src/stores/memory.js';
import { countingIds } from '../../support/ids.js';
import { runs } from '../../support/runs.js';

/** As they come out of JSON. */
const json = fc.jsonValue().map((value): unknown => JSON.parse(JSON.stringify(value)));
const name = fc.string({ unit: 'binary', minLength: 1, maxLength: 128 });
const command = fc.record(
  {
    type: fc.constant('command' as const),
    command: fc.constantFrom(...commands),
    params: json,
    uuid: name,
  },
  { requiredKeys: ['type', 'command', 'uuid'] },
);
const action = fc.record(
  {
    type: fc.constant('transfer' as const),
    kind: fc.constant('action' as const),
    action: fc.constantFrom(...actions),
    data: json,
    uuid: name,
    transferID: name,
  },
  { requiredKeys: ['type', 'kind', 'action', 'uuid', 'transferID'] },
);
const step = fc.record(
  {
    type: fc.constant('transfer' as const),
    kind: fc.constant('step' as const),
    action: fc.constantFrom('start' as const, 'stream' as const, 'end' as const),
    step: fc.constantFrom(...steps),
    data: json,
    uuid: name,
    transferID: name,
  },
  { requiredKeys: ['type', 'kind', 'action', 'step', 'uuid', 'transferID'] },
);
const request: fc.Arbitrary<RequestMessage> = fc.oneof(command, action, step);
const direction = fc.constantFrom<Direction>('push', 'pull');

/** What the lifecycle is told of a request. */
function eventOf(message: RequestMessage): object {
  if (message.type === 'command') return { type: `request.${message.command}`, uuid: message.uuid };
  if (message.kind === 'action') return { type: `request.${message.action}`, uuid: message.uuid };
  const type = { start: 'stepStart', stream: 'stepStream', end: 'stepEnd' }[message.action];
  return { type: `request.${type}`, uuid: message.uuid, step: message.step };
}

const isServers = (message: RequestMessage, direction: Direction) =>
  direction === 'pull' &&
  message.type === 'transfer' &&
  (message.kind === 'step'
    ? message.action === 'stream'
    : message.action === 'beforeTransfer' || message.action === 'rollback');

test('every request comes back as it was sent, and a server reads the same in it', () => {
  fc.assert(
    fc.property(request, direction, (message, direction) => {
      const frame = encodeRequest(message);
      const read = parseRequestMessage(Buffer.from(frame), direction);
      if (isServers(message, direction)) {
        expect(read).toMatchObject({ request: { type: 'request.invalid', uuid: message.uuid } });
        return;
      }
      expect(read).toMatchObject({ kind: 'request', request: eventOf(message) });
      const content = message.type === 'command' ? message.params : message.data;
      expect((read as { content?: unknown }).content).toEqual(content);
      if (message.type === 'transfer')
        expect(read).toMatchObject({ request: { transferID: message.transferID } });
    }),
    runs(300),
  );
});

test('every batch of a push and every confirmation comes back', () => {
  fc.assert(
    fc.property(step, fc.array(json), name, (message, items, uuid) => {
      const { data: _, ...head } = { ...message, action: 'stream' as const };
      const frame = encodeStream(
        head,
        items.map((item) => JSON.stringify(item)),
      );
      expect(parseRequestMessage(Buffer.from(frame), 'push')).toMatchObject({ content: items });
      expect(parseRequestMessage(Buffer.from(encodeConfirmation(uuid)), 'pull')).toEqual({
        kind: 'confirmation',
        uuid,
      });
    }),
    runs(150),
  );
});

const text = fc.oneof(
  { weight: 4, arbitrary: fc.string() },
  fc.nat(200_000).map((length) => 'ş'.repeat(length)),
);
const entity = fc.record({ type: name, id: fc.nat(), data: fc.record({ text, json }) });

test('the batches of a pull hold the rows of the store, in their order, whoever else is served meanwhile', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(entity, { maxLength: 12 }),
      fc.infiniteStream(fc.constantFrom(1, 40)),
      name,
      name,
      async (entities, sessions, uuid, id) => {
        const source = createMemoryStore({ entities }).source();
        await source.open();
        const frame = createBatchFrame();
        const served = () => Number(sessions.next().value);
        const options = { checksums: true, ids: countingIds(), sessions: served, frame };
        const found: unknown[] = [];
        for await (const batch of batchesOf(source, 'entities', options)) {
          const message = parseServerMessage(writeBatch(frame, { uuid, id }, batch));
          expect(message).toMatchObject({ kind: 'batch', batch: { uuid, id, ended: false, error: null } });
          const items = message.kind === 'batch' ? (message.batch.items ?? []) : [];
          expect(items).toHaveLength(batch.items);
          found.push(...items);
        }
        expect(JSON.stringify(found)).toBe(JSON.stringify(entities));
        const cause = new TransferError('ABORTED', { by: id });
        expect(parseServerMessage(writeBatch(frame, { uuid, id }, null, cause))).toMatchObject({
          batch: { uuid, id, items: null, ended: true, error: { details: { code: 'ABORTED' } } },
        });
      },
    ),
    runs(30),
  );
});
