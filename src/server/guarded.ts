import type { ActorOptions, AnyActorLogic, InspectionEvent } from 'xstate';

type Inspect = NonNullable<ActorOptions<AnyActorLogic>['inspect']>;

/** Wraps a callback of an embedder: what it throws, or rejects with, goes to `onFault` and ends nothing. */
export function guarded<Parameters extends readonly unknown[]>(
  callback: ((...parameters: Parameters) => unknown) | undefined,
  onFault: (error: unknown) => void,
): (...parameters: Parameters) => void {
  return (...parameters) => {
    (async () => callback?.(...parameters))().catch(onFault);
  };
}

/** Wraps an inspector of an embedder, whose errors XState would throw into the chart. After an error it is not called. */
export function guardedInspect(inspect: Inspect, onFault: (error: unknown) => void): Inspect {
  let hasFailed = false;
  const see = typeof inspect === 'function' ? inspect : (event: InspectionEvent) => inspect.next?.(event);
  function fail(error: unknown): void {
    if (!hasFailed) onFault(error);
    hasFailed = true;
  }
  return (event) => {
    if (hasFailed) return;
    try {
      const seen: unknown = see(event);
      if (seen instanceof Promise) seen.catch(fail);
    } catch (error) {
      fail(error);
    }
  };
}
