import type { KnownDeviation } from '../../../src/testing/conformance/known-deviations.js';
import type { ClientDifference } from '../../../src/testing/conformance/test-client.js';

const isGivenUp = ({ reactions }: ClientDifference) => reactions.every((deed) => deed === 'silence');
const hasResolved = ({ came }: ClientDifference) =>
  came === 'the transfer resolved, and should have rejected';

/** What Strapi's own client does otherwise than the charts: rows of docs/strapi-differences.md, by their names. */
export const deviationsOfClient: readonly KnownDeviation<ClientDifference>[] = [
  {
    name: 'end without start',
    fits: ({ direction, came }) =>
      direction === 'push' && /^links.end in .+: STAGE_(NOT_STARTED|ENDED)$/.test(came),
  },
  {
    name: 'one resend more',
    fits: (about) => isGivenUp(about) && /^sent .+ 4 times, not 3$/.test(about.came),
  },
  {
    name: 'goes on after it gave up',
    fits: (about) => isGivenUp(about) && / in .+: (ACTION_OUT_OF_ORDER|STAGE_\w+)$/.test(about.came),
  },
  {
    name: 'assets without an answer',
    fits: (about) => about.request === 'assets.stream' && isGivenUp(about) && hasResolved(about),
  },
  {
    name: 'an end without an answer',
    fits: (about) =>
      about.direction === 'pull' && about.request.endsWith('.end') && isGivenUp(about) && hasResolved(about),
  },
  {
    name: 'takes leave of no transfer',
    fits: ({ request, came }) =>
      request === 'init' && /^(rollback|close) (in connected: NO_TRANSFER|without the transferID)/.test(came),
  },
  {
    name: 'closes what is not open',
    fits: ({ request, came }) =>
      request === 'bootstrap' && came === 'close in preparing.unopened: NOT_BOOTSTRAPPED',
  },
  {
    name: 'start of assets waits 120 s',
    fits: ({ direction, request, came }) =>
      direction === 'pull' && request === 'assets.start' && came === 'the transfer came to no end',
  },
  {
    name: 'no end after a pull',
    fits: ({ direction, came }) => direction === 'pull' && came === 'never sent end',
  },
  {
    name: 'takes any answer',
    fits: ({ reactions, came, ...about }) =>
      reactions.includes('nonsense') &&
      (hasResolved({ reactions, came, ...about }) ||
        came.endsWith(' without the transferID that init answered')),
  },
  {
    name: 'waits for a stage without a name',
    fits: ({ direction, reactions, came }) =>
      direction === 'pull' && reactions.includes('nonsense') && came === 'the transfer came to no end',
  },
  {
    name: 'ends assets after close',
    fits: ({ manner, came }) =>
      manner?.endsWith('checksums') === true &&
      ['assets.end in closing.settled: INVALID_STAGE', 'a message after the transfer was over'].includes(
        came,
      ),
  },
  { name: 'the connection stays open', fits: ({ came }) => came === 'left its connection open' },
];
