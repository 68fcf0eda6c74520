import type { Stage } from 'strapi-ferry/protocol';
import { type ActorRefFrom, assign, fromCallback, fromPromise, setup } from 'xstate';

/** What the server tells of a transfer. */
export interface Progress {
  /** Of the transfer's chart: `transferring.links`. */
  readonly state: string;
  readonly counts: Readonly<Partial<Record<Stage, { readonly items: number; readonly bytes: number }>>>;
  /** Of a stage whose source knows how much there is. */
  readonly totals: Readonly<Partial<Record<Stage, { readonly count?: number; readonly bytes?: number }>>>;
}

type FollowEvent =
  | { type: 'progress'; progress: Progress }
  | { type: 'completed' }
  | { type: 'failed'; code: string; message: string };

type Event = FollowEvent | { type: 'begin' } | { type: 'abort' } | { type: 'cut' };

const nothingYet: Progress = { state: '', counts: {}, totals: {} };
const afresh = { id: '', began: 0, progress: nothingYet, code: '', message: '' };
const reasonOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

async function ask(method: 'POST' | 'DELETE', path: string, signal: AbortSignal): Promise<Response> {
  const response = await fetch(path, { method, signal });
  if (!response.ok) throw new Error(`The server answered ${response.status} to ${method} ${path}.`);
  return response;
}

const begin = fromPromise<string>(async ({ signal }) => {
  const { id } = (await (await ask('POST', '/transfers', signal)).json()) as { id: string };
  return id;
});

const cut = (id: string) => void fetch(`/transfers/${id}/cut`, { method: 'POST' });

const abort = fromPromise<void, { id: string }>(async ({ input, signal }) => {
  await ask('DELETE', `/transfers/${input.id}`, signal);
});

/** Hears the server's events until it is stopped. */
const follow = fromCallback<FollowEvent, { id: string }, FollowEvent>(({ sendBack, input }) => {
  const source = new EventSource(`/transfers/${input.id}/events`);
  const dataOf = (event: MessageEvent<string>) => JSON.parse(event.data);
  source.addEventListener('progress', (event) => sendBack({ type: 'progress', progress: dataOf(event) }));
  source.addEventListener('completed', () => sendBack({ type: 'completed' }));
  source.addEventListener('failed', (event) => sendBack({ type: 'failed', ...dataOf(event) }));
  source.addEventListener('error', () => {
    // Otherwise the browser tries again by itself.
    if (source.readyState !== EventSource.CLOSED) return;
    const message = 'The server does not know this transfer any more.';
    sendBack({ type: 'failed', code: 'UNKNOWN_TRANSFER', message });
  });
  return () => source.close();
});

/** A transfer as this page sees it: it runs in the server, whose chart is the one to look at in the inspector. */
export const transferMachine = setup({
  types: {
    context: {} as { id: string; began: number; progress: Progress; code: string; message: string },
    events: {} as Event,
  },
  actors: { begin, abort, follow },
  actions: {
    forget: assign(() => ({ ...afresh, began: Date.now() })),
    cut: ({ context }) => cut(context.id),
    rememberProgress: assign(({ event }) => (event.type === 'progress' ? { progress: event.progress } : {})),
    rememberFailure: assign(({ event }) =>
      event.type === 'failed' ? { code: event.code, message: event.message } : {},
    ),
  },
}).createMachine({
  id: 'page',
  context: afresh,
  initial: 'idle',
  states: {
    idle: { on: { begin: 'beginning' } },
    beginning: {
      entry: 'forget',
      invoke: {
        src: 'begin',
        onDone: { target: 'following', actions: assign({ id: ({ event }) => event.output }) },
        onError: { target: 'failed', actions: assign({ message: ({ event }) => reasonOf(event.error) }) },
      },
    },
    following: {
      invoke: { src: 'follow', input: ({ context }) => ({ id: context.id }) },
      on: {
        progress: { actions: 'rememberProgress' },
        completed: 'completed',
        failed: { target: 'failed', actions: 'rememberFailure' },
      },
      initial: 'moving',
      states: {
        moving: { on: { abort: 'aborting', cut: { actions: 'cut' } } },
        aborting: {
          invoke: {
            src: 'abort',
            input: ({ context }) => ({ id: context.id }),
            onError: { target: 'moving', actions: assign({ message: ({ event }) => reasonOf(event.error) }) },
          },
        },
      },
    },
    completed: { on: { begin: 'beginning' } },
    failed: { on: { begin: 'beginning' } },
  },
});

export type TransferRef = ActorRefFrom<typeof transferMachine>;
