import type { Step } from '../protocol/content.js';
import type { StreamItem } from '../protocol/frame-bytes.js';
import type { Requests } from './requests.js';

/** Where a batch is cut. A Strapi writes a batch row by row before it answers. */
export interface BatchLimits {
  /** Characters of JSON; about bytes. @defaultValue 262144 */
  readonly size: number;
  /** @defaultValue 200 */
  readonly items: number;
}

const defaultLimits: BatchLimits = { size: 256 * 1024, items: 200 };

/** Collects the items of a stage into `stream` messages, several of which may be on their way. */
export interface StreamBatcher {
  /** Takes an item: JSON, or asset bytes. Resolves when more may be given: this is the back-pressure. */
  add(item: StreamItem): Promise<void>;
  /** Sends what is left and waits until everything is answered. */
  drain(): Promise<void>;
}

export function createStreamBatcher(
  step: Step,
  requests: Requests,
  depth: () => number,
  limits: BatchLimits = defaultLimits,
): StreamBatcher {
  let items: StreamItem[] = [];
  let size = 0;
  let inFlight = 0;
  let failed: { error: unknown } | null = null;
  let wake = () => {};

  const flush = () => {
    if (items.length === 0) return;
    const batch = items;
    items = [];
    size = 0;
    inFlight += 1;
    requests
      .stream(step, batch)
      .catch((error: unknown) => {
        failed ??= { error };
      })
      .finally(() => {
        inFlight -= 1;
        wake();
      });
  };

  const waitUntil = async (isEnough: () => boolean) => {
    while (failed === null && !isEnough()) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    if (failed !== null) throw failed.error;
  };

  return {
    async add(item) {
      items.push(item);
      size += typeof item === 'string' ? item.length : (4 / 3) * item.bytes.length;
      if (size < limits.size && items.length < limits.items) return;
      flush();
      // Prepare one message more than may be in flight.
      await waitUntil(() => inFlight <= depth());
    },
    async drain() {
      flush();
      await waitUntil(() => inFlight === 0);
    },
  };
}
