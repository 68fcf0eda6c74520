import { expect, test } from 'vitest';
import { queuesItsMessages, takesABarrier, takesForeignLinks } from '../../../src/protocol/version.js';

/** What each version can, beginning with the first; what is no version can what does no harm. */
test.each([
  ['5.0.0', { foreign: true, barrier: false, queue: false }],
  ['5.48.9', { foreign: true, barrier: false, queue: false }],
  ['5.49.0', { foreign: false, barrier: true, queue: false }],
  ['5.52.3', { foreign: false, barrier: true, queue: false }],
  ['5.53.0', { foreign: false, barrier: true, queue: true }],
  ['6.0.0', { foreign: false, barrier: true, queue: true }],
  ['unknown', { foreign: false, barrier: true, queue: false }],
  [null, { foreign: false, barrier: true, queue: false }],
])('a Strapi %s takes links of its own rows, a barrier, and several messages at once: %j', (version, can) => {
  expect({
    foreign: takesForeignLinks(version),
    barrier: takesABarrier(version),
    queue: queuesItsMessages(version),
  }).toEqual(can);
});
