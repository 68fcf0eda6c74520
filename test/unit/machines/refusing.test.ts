import { expect, test } from 'vitest';
import { createActor } from 'xstate';
import { lifecycleMachine, type RequestRefused } from '../../../machines/lifecycle.machine.js';
import { refusing } from '../../../machines/refusing.js';

const uuid = 'u';

test('a lifecycle tells what it refuses, with the code of its state, and stands where it stood', () => {
  const told: RequestRefused[] = [];
  const lifecycle = createActor(refusing(lifecycleMachine), {
    input: { direction: 'push', batchTimeout: 1 },
  });
  lifecycle.on('request.refused', (refused) => told.push(refused));
  lifecycle.start();
  lifecycle.send({ type: 'request.close', uuid });
  lifecycle.send({ type: 'request.invalid', uuid, code: 'INVALID_COMMAND' });
  expect(lifecycle.getSnapshot().value).toBe('connected');
  expect(told).toEqual([
    { type: 'request.refused', uuid, code: 'NO_TRANSFER' },
    { type: 'request.refused', uuid, code: 'INVALID_COMMAND' },
  ]);
});

test('a lifecycle tells nothing of what it takes', () => {
  const told: RequestRefused[] = [];
  const lifecycle = createActor(refusing(lifecycleMachine), {
    input: { direction: 'push', batchTimeout: 1 },
  });
  lifecycle.on('request.refused', (refused) => told.push(refused));
  lifecycle.subscribe({ error: () => {} });
  lifecycle.start();
  lifecycle.send({ type: 'request.init', uuid });
  expect(lifecycle.getSnapshot().value).toBe('initializing');
  lifecycle.send({ type: 'abort' });
  expect(told).toEqual([]);
});
