import type { KnownDeviation } from '../../../src/testing/conformance/known-deviations.js';
import type { ClientDifference } from '../../../src/testing/conformance/test-client.js';

/** What Strapi's own client does otherwise than the charts: rows of docs/strapi-differences.md, by their names. */
export const deviationsOfClient: readonly KnownDeviation<ClientDifference>[] = [
  {
    name: 'one resend more',
    fits: ({ deeds, came }) =>
      deeds.every((deed) => deed === 'silence') && /^sent .+ 4 times, not 3$/.test(came),
  },
  { name: 'the connection stays open', fits: ({ came }) => came === 'left its connection open' },
];
