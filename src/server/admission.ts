import type { IncomingMessage } from 'node:http';
import { createActor, fromPromise } from 'xstate';
import {
  type AdmissionOutput,
  admissionMachine,
  type RefusalCode,
} from '../../machines/admission.machine.js';
import { withImplementations } from '../../machines/with-implementations.js';
import type { Clock } from '../ports/clock.js';
import { TransferError } from '../protocol/errors.js';
import { type AskingClient, type Authenticate, checkedAnswer, type Identity } from './authentication.js';
import type { ServedStores } from './served-stores.js';
import type { Asker } from './session-info.js';
import type { TokenScope } from './tokens.js';

/** The hooks that an admission asks, and how long each may take. */
export interface AdmissionHooks {
  readonly authenticate: Authenticate;
  readonly chooseStores: (asker: Asker, signal: AbortSignal) => Promise<ServedStores>;
  /** Milliseconds. */
  readonly hookTimeout: number;
  readonly clock: Clock;
  readonly onError: (error: unknown) => void;
}

/** A client that asks for an upgrade. */
export interface Applicant extends Omit<AskingClient, 'signal'> {
  readonly request: IncomingMessage;
  readonly direction: TokenScope;
  /** The name that its session will have. */
  readonly id: string;
}

/** Who was admitted, to which stores. */
export interface Admitted {
  readonly asker: Asker;
  readonly identity: Identity;
  readonly stores: ServedStores;
}

export type AdmissionVerdict =
  | Admitted
  | { readonly code: RefusalCode; readonly expired: boolean }
  /** The client is gone. */
  | null;

/** An admission that is in work. */
export interface Admission {
  /** Never rejects. */
  readonly verdict: Promise<AdmissionVerdict>;
  /** The client is gone: what was asked about it is given up. */
  clientLeft(): void;
  /** The server takes no more clients. */
  close(): void;
}

/** Runs the admission chart for one client. What a hook throws goes to `onError`. */
export function admit(applicant: Applicant, enabled: boolean, hooks: AdmissionHooks): Admission {
  const { request, direction, id, secret, address } = applicant;
  const { authenticate, chooseStores, hookTimeout, clock, onError } = hooks;
  let identity: Identity | null = null;
  let expired = false;
  let admitted: Admitted | null = null;

  /** A hook that was given up may fail as it likes. */
  async function reported<T>(signal: AbortSignal, ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (error) {
      if (!signal.aborted) onError(error);
      throw error;
    }
  }

  const actor = createActor(
    withImplementations(admissionMachine, {
      actors: {
        authenticate: fromPromise<RefusalCode | null>(({ signal }) =>
          reported(signal, async () => {
            const answer = checkedAnswer(await authenticate(request, direction, { secret, address, signal }));
            if ('code' in answer) {
              expired = answer.expired === true;
              return answer.code;
            }
            identity = answer;
            return null;
          }),
        ),
        chooseStores: fromPromise<void>(({ signal }) =>
          reported(signal, async () => {
            if (identity === null)
              throw new TransferError('UNEXPECTED', { reason: 'the client has no identity' });
            const { name, tenant } = identity;
            const asker: Asker = { id, direction, name, tenant, address };
            admitted = { asker, identity, stores: await chooseStores(asker, signal) };
          }),
        ),
      },
    }),
    { input: { enabled, hookTimeout }, clock },
  );

  function verdictOf(output: AdmissionOutput): AdmissionVerdict {
    if (output.outcome === 'left') return null;
    if (output.outcome === 'admitted') return admitted;
    const { code, late: hook } = output;
    if (hook !== null) onError(new TransferError('HOOK_TIMED_OUT', { hook, ms: hookTimeout }));
    return { code, expired };
  }

  const verdict = new Promise<AdmissionVerdict>((resolve) => {
    actor.subscribe({
      complete: () => {
        const { output } = actor.getSnapshot();
        resolve(output === undefined ? null : verdictOf(output));
      },
      error: (error) => {
        onError(error);
        resolve({ code: 'SERVER_FAILED', expired: false });
      },
    });
  });
  actor.start();
  const send = (type: 'client.left' | 'server.closed') => {
    if (actor.getSnapshot().status === 'active') actor.send({ type });
  };
  return { verdict, clientLeft: () => send('client.left'), close: () => send('server.closed') };
}
