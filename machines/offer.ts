import { type ActorRefFrom, type EventObject, fromCallback } from 'xstate';
import type { ErrorCode } from '../src/protocol/errors.js';
import type { SessionRequest } from '../src/protocol/requests.js';
import { sendIfHandled } from './handles.js';
import type { lifecycleMachine } from './lifecycle.machine.js';
import { refusalOf } from './refusals.js';

/** What is offered, and to which lifecycle. */
export interface OfferInput {
  readonly lifecycle: ActorRefFrom<typeof lifecycleMachine>;
  readonly request: SessionRequest | null;
}

/** The lifecycle does not take the request that it was offered. */
export interface RequestRefused {
  readonly type: 'request.refused';
  readonly uuid: string;
  readonly code: ErrorCode;
}

/** Sends a request to a lifecycle. If the lifecycle refuses it, the chart that offered it is told. */
export const offer = fromCallback<EventObject, OfferInput>(
  ({ input: { lifecycle, request: message }, sendBack }) => {
    if (message === null) return;
    // The session has checked the transferID already.
    const { transferID: _, ...request } = message;
    const isHandled = request.type !== 'request.invalid' && sendIfHandled(lifecycle, request);
    if (isHandled) return;
    const code = refusalOf(lifecycle.getSnapshot(), request);
    sendBack({ type: 'request.refused', uuid: request.uuid, code } satisfies RequestRefused);
  },
);
