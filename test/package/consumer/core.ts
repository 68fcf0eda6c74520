// What a user of the core writes, without @types/node: compiled against the installed package by installed.test.ts.
import { createDirectorySource, createTransfer, type TransferResult } from 'strapi-ferry';
import { createRemoteSource as createSourceInPage } from 'strapi-ferry/browser';
import { createDispatcher, createRemoteSource, type Dispatcher } from 'strapi-ferry/client';
import { createInspection, type InspectionRecord } from 'strapi-ferry/inspect';
import { createInspector, type Inspector } from 'strapi-ferry/inspector';
import { lifecycleMachine, transferMachine } from 'strapi-ferry/machines';
import { errorTable, type Step, steps, TransferError } from 'strapi-ferry/protocol';
import { createMemoryStore, type TransferSource } from 'strapi-ferry/stores';
import { oneOfEach, report, storeContract, testClient, testServer } from 'strapi-ferry/testing';
import { createActor } from 'xstate';

export async function move(): Promise<TransferResult> {
  const transfer = createTransfer({ from: './a', to: createMemoryStore().destination() });
  transfer.actor.on('stage.completed', ({ step, counts }) => {
    const line: string = `${step}: ${counts.items + 0}`;
    return line;
  });
  // @ts-expect-error The stage has no such event: the events are typed, not `any`.
  transfer.actor.on('stage.finished', () => {});
  return transfer.done;
}

export async function ask(socket: WebSocket): Promise<string> {
  const dispatcher: Dispatcher = createDispatcher(socket, {
    retryMessageOptions: { retryMessageTimeout: 1000 },
  });
  return dispatcher.dispatchCommand('init');
}

export const source: TransferSource = createRemoteSource({ url: 'https://example.com/admin', token: 'x' });
export const pulled: TransferSource = createSourceInPage({ url: 'https://example.com/admin', ticket: 'x' });
export const folder: TransferSource = createDirectorySource({ path: './a' });
export const first: Step | undefined = steps[0];
export const isLost = (error: unknown): boolean =>
  error instanceof TransferError && error.code === 'CONNECTION_CLOSED';
export const exit: number = errorTable.ABORTED.exit;
export const names: readonly string[] = storeContract(() => createMemoryStore()).map(({ name }) => name);
export const proven = async (url: string): Promise<boolean> => {
  const server = testServer({ connect: ({ direction }) => new WebSocket(`${url}/${direction}`) });
  const client = testClient({
    run: ({ open, clock }) =>
      createTransfer({
        from: createRemoteSource({ url: 'http://played/admin', token: 'x', open, clock }),
        to: createMemoryStore(oneOfEach).destination(),
      }).done,
    directions: ['pull'],
  });
  const reports = [await report(server), await report(client)];
  return reports.every(({ failed }) => failed.length === 0);
};
export const states = Object.keys(transferMachine.states);
export const snapshot = createActor(lifecycleMachine, {
  input: { direction: 'pull', batchTimeout: 300_000 },
}).getSnapshot().value;

// @ts-expect-error `to` is missing.
createTransfer({ from: './a' });

/** Everything that the charts of a transfer do, as records. */
export function watched(records: InspectionRecord[]): void {
  const inspection = createInspection();
  inspection.attach({ write: (written) => void records.push(...written) });
  createTransfer({ from: './a', to: './b', inspect: inspection.inspect });
}

export async function show(): Promise<string> {
  const inspector: Inspector = await createInspector({ port: 0 });
  await inspector.close();
  return inspector.url;
}
