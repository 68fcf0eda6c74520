import { assertEvent, assign, type DoneActorEvent, fromPromise, setup } from 'xstate';
import { notProvided } from './not-provided.js';

/** What an upgrade can be refused with; the status is the error table's. */
export type RefusalCode =
  | 'UNAUTHORIZED'
  | 'FORBIDDEN'
  | 'ORIGIN_REFUSED'
  | 'NOT_FOUND'
  | 'NO_TOKEN_SALT'
  | 'TOO_MANY_ATTEMPTS'
  | 'SERVER_FAILED';

/** What the embedder of a server is asked about a client, by the names of its options. */
export type AdmissionHook = 'authenticate' | 'stores';

/** What an admission is given when a client asks for an upgrade. */
export interface AdmissionInput {
  /** Whether the server takes transfers at all: a client learns that it does not once it is authenticated. */
  readonly enabled: boolean;
  /** How long each hook may take. Milliseconds. */
  readonly hookTimeout: number;
}

/** Events that end an admission before its hooks have answered. */
export type AdmissionEvent =
  /** The client's connection is gone. */
  | { type: 'client.left' }
  /** The server takes no more clients. */
  | { type: 'server.closed' };

/** What becomes of the client. */
export type AdmissionOutput =
  | { readonly outcome: 'admitted' }
  | { readonly outcome: 'left' }
  /** `late`: the hook that has not answered in time. */
  | { readonly outcome: 'refused'; readonly code: RefusalCode; readonly late: AdmissionHook | null };

/** What an admission knows. Never who the client is, or a token. */
export interface AdmissionContext {
  readonly input: AdmissionInput;
  /** Why the client is refused; null where it is not. */
  readonly refusal: RefusalCode | null;
  /** The hook that has not answered in time. */
  readonly late: AdmissionHook | null;
  readonly hasLeft: boolean;
}

const bare = notProvided('admission', 'attachTransferServer');

/**
 * One client that asks a server for an upgrade, until it is admitted or refused. First it is authenticated, so that a
 * client without a valid token learns nothing else; then the stores are chosen that its session works on.
 *
 * Provide `authenticate` (resolves with the code of a refusal, null where there is none) and `chooseStores`. One that
 * rejects, or takes longer than `hookTimeout`, is a fault of the server's own.
 */
export const admissionMachine = setup({
  types: {
    context: {} as AdmissionContext,
    input: {} as AdmissionInput,
    events: {} as AdmissionEvent | DoneActorEvent<RefusalCode | null, 'authenticate'>,
    output: {} as AdmissionOutput,
  },
  actors: {
    authenticate: fromPromise<RefusalCode | null>(bare),
    chooseStores: fromPromise<void>(bare),
  },
  actions: {
    refuse: assign(({ event, context: { input } }) => {
      assertEvent(event, 'xstate.done.actor.authenticate');
      // A server that takes no transfers does not tell what it lacks.
      const hidden = event.output === 'NO_TOKEN_SALT' && !input.enabled;
      return { refusal: hidden ? ('NOT_FOUND' as const) : event.output };
    }),
    refuseNotFound: assign({ refusal: 'NOT_FOUND' }),
    refuseFailed: assign({ refusal: 'SERVER_FAILED' }),
    blameAuthenticate: assign({ late: 'authenticate' }),
    blameStores: assign({ late: 'stores' }),
    noteLeft: assign({ hasLeft: true }),
  },
  guards: {
    isRefused: ({ event }) => {
      assertEvent(event, 'xstate.done.actor.authenticate');
      return event.output !== null;
    },
    isDisabled: ({ context: { input } }) => !input.enabled,
  },
  delays: {
    hookTimeout: ({ context: { input } }) => input.hookTimeout,
  },
}).createMachine({
  id: 'admission',
  context: ({ input }) => ({ input, refusal: null, late: null, hasLeft: false }),
  output: ({ context: { refusal: code, late, hasLeft } }) => {
    if (hasLeft) return { outcome: 'left' };
    return code === null ? { outcome: 'admitted' } : { outcome: 'refused', code, late };
  },
  initial: 'authenticating',
  on: {
    'client.left': { target: '.left', actions: 'noteLeft' },
    'server.closed': { target: '.refused', actions: 'refuseNotFound' },
  },
  states: {
    authenticating: {
      invoke: {
        id: 'authenticate',
        src: 'authenticate',
        onDone: [
          { guard: 'isRefused', target: 'refused', actions: 'refuse' },
          { guard: 'isDisabled', target: 'refused', actions: 'refuseNotFound' },
          { target: 'choosingStores' },
        ],
        onError: { target: 'refused', actions: 'refuseFailed' },
      },
      after: { hookTimeout: { target: 'refused', actions: ['refuseFailed', 'blameAuthenticate'] } },
    },
    choosingStores: {
      invoke: {
        src: 'chooseStores',
        onDone: 'admitted',
        onError: { target: 'refused', actions: 'refuseFailed' },
      },
      after: { hookTimeout: { target: 'refused', actions: ['refuseFailed', 'blameStores'] } },
    },
    admitted: { type: 'final' },
    refused: { type: 'final' },
    left: { type: 'final' },
  },
});
