import type { Avoid } from '../../../src/testing/conformance/server-plans.js';
import type { KnownDeviation, ServerDifference } from '../../../src/testing/conformance/test-server.js';

const since = (before: readonly string[], name: string) => before.slice(before.lastIndexOf(name) + 1);
const isStage = (request: string) => /^(start|stream|end) /.test(request);

/** What would hang a Strapi for good, or leave its database locked: see `avoided` in generate.ts. */
export const avoidedOfStrapi: Avoid = ({ direction, before, request }) => {
  if (direction === 'pull') return null;
  const said = since(before, 'init');
  const isOpen = said.includes('bootstrap');
  if (request === 'end' && isOpen && !said.includes('close'))
    return 'end without close in a push after bootstrap';
  if (request === 'rollback' && (said.includes('rollback') || said.includes('close'))) {
    return 'a second rollback, and rollback after close';
  }
  if (said.includes('rollback') && (request === 'beforeTransfer' || isStage(request))) {
    return 'beforeTransfer or a stage after rollback';
  }
  return null;
};

const isUnopened = ({ before, request }: ServerDifference) => {
  const said = [...before, request];
  return said.includes('init') && !since(said, 'init').includes('bootstrap');
};

/** The rows of deviations.ts that a path of the chart meets, by their names. */
export const deviationsOfPaths: readonly KnownDeviation[] = [
  {
    name: 'rollback before bootstrap',
    fits: (about) => isUnopened(about) && [...about.before, about.request].includes('rollback'),
  },
  { name: 'before bootstrap', fits: isUnopened },
  {
    name: 'end of a later stage',
    fits: ({ direction, request, expected, came }) =>
      direction === 'push' &&
      request.startsWith('end ') &&
      expected === 'STAGE_NOT_STARTED' &&
      came === 'accepted',
  },
  {
    name: 'one stage of a pull at a time',
    fits: ({ direction, expected }) =>
      direction === 'pull' && ['STAGE_IN_PROGRESS', 'STAGE_NOT_STARTED'].includes(expected),
  },
  {
    name: 'the order of a pull',
    fits: ({ direction, expected }) =>
      direction === 'pull' && ['ACTION_OUT_OF_ORDER', 'INVALID_STAGE'].includes(expected),
  },
];
