import type { EmbeddedOptions } from '../options.js';
import type { MergeOptions } from './options.js';

/** What the transfers of a merge have in common. */
export function linkOf(options: MergeOptions): Omit<EmbeddedOptions, 'from' | 'to'> {
  const { checksums, clock, ids, limits, retryMessageOptions, connectionOptions } = options;
  const { onDiagnostic, onRetry, throttle } = options;
  return {
    ...{ checksums, clock, ids, limits, retryMessageOptions, connectionOptions },
    ...{ onDiagnostic, onRetry, throttle },
    // The schemas of what comes are compared when it is planned.
    schemaStrategy: 'ignore',
  };
}
