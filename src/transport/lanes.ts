import type { ActorRefFrom } from 'xstate';
import type { DispatchedRequest, dispatcherMachine } from '../../machines/dispatcher.machine.js';
import type { ErrorCode } from '../protocol/errors.js';

export type DispatcherRef = ActorRefFrom<typeof dispatcherMachine>;

export interface LaneEvents {
  /** The request's answer is in, and its lane is free again. */
  answered(uuid: string): void;
  retried(uuid: string, kind: string, retry: number): void;
  failed(uuid: string, code: ErrorCode): void;
}

/** Several dispatchers over one socket: which of them takes the next request, and whose turn it is to count time. */
export interface Lanes {
  /** Takes the request as soon as a lane is free; requests leave in the order of these calls. */
  submit(request: Omit<DispatchedRequest, 'inLine'>): void;
  /** How many of the lanes may be used: a peer that does not queue its messages gets one. */
  limit(depth: number): void;
  /** The answer of a request has arrived. A late or second one finds nobody and is dropped. */
  answer(uuid: string, told?: { readonly bytes: number; readonly error?: string }): void;
}

export function createLanes(refs: () => readonly DispatcherRef[], events: LaneEvents): Lanes {
  const waiting: Omit<DispatchedRequest, 'inLine'>[] = [];
  /** Oldest first. */
  const inFlight: { uuid: string; lane: DispatcherRef }[] = [];
  const listening = new WeakSet<DispatcherRef>();
  let depth = 1;

  const listen = (lane: DispatcherRef) => {
    if (listening.has(lane)) return;
    listening.add(lane);
    lane.on('request.answered', ({ uuid }) => {
      const place = inFlight.findIndex((one) => one.uuid === uuid);
      inFlight.splice(place, 1);
      if (place === 0) inFlight[0]?.lane.send({ type: 'line.advanced' });
      events.answered(uuid);
      // The lane stands in `ready` only after this event: the next request waits in its mailbox until then.
      fill();
    });
    lane.on('request.retried', ({ uuid, kind, retry }) => events.retried(uuid, kind, retry));
    lane.on('request.failed', ({ uuid, code }) => events.failed(uuid, code));
  };

  const fill = () => {
    const lanes = refs().slice(0, depth);
    for (const lane of lanes) {
      if (waiting.length === 0) return;
      if (inFlight.some((one) => one.lane === lane)) continue;
      const request = waiting.shift();
      if (request === undefined) return;
      listen(lane);
      const inLine = inFlight.length > 0;
      inFlight.push({ uuid: request.uuid, lane });
      lane.send({ type: 'request', ...request, inLine });
    }
  };

  return {
    submit(request) {
      waiting.push(request);
      fill();
    },
    limit(lanes) {
      depth = lanes;
      fill();
    },
    answer(uuid, told) {
      inFlight.find((one) => one.uuid === uuid)?.lane.send({ type: 'answer.received', uuid, ...told });
    },
  };
}
