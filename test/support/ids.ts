import type { Ids } from '../../src/ports/ids.js';

/** Ids that count: `00000000-0000-4000-8000-000000000001`, … */
export function countingIds(): Ids {
  let count = 0;
  return {
    uuid() {
      count += 1;
      return `00000000-0000-4000-8000-${String(count).padStart(12, '0')}`;
    },
    id: () => `id-${++count}`,
  };
}
