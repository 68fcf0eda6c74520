import type { EventObject } from 'xstate';
import type { SessionRequest } from '../src/protocol/requests.js';
import { handles } from './handles.js';
import type { lifecycleMachine } from './lifecycle.machine.js';
import { refusalOf } from './refusals.js';

/** The chart of a lifecycle that emits `request.refused` for each request that its state does not take. */
export function refusing(lifecycle: typeof lifecycleMachine): typeof lifecycleMachine {
  const logic: typeof lifecycleMachine = Object.create(lifecycle);
  logic.transition = (snapshot, event, scope) => {
    if (isRequest(event) && !handles(snapshot, event))
      scope.emit({ type: 'request.refused', uuid: event.uuid, code: refusalOf(snapshot, event) });
    return lifecycle.transition(snapshot, event, scope);
  };
  return logic;
}

const isRequest = (event: EventObject): event is SessionRequest => event.type.startsWith('request.');
