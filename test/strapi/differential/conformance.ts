import type { KnownDeviation } from '../../../src/testing/conformance/known-deviations.js';
import type { ServerDifference } from '../../../src/testing/conformance/play.js';
import type { Avoid } from '../../../src/testing/conformance/server-plans.js';

/** Of the transfer that goes on: what ended is forgotten. */
const ofThisTransfer = (before: readonly string[]) => before.slice(before.lastIndexOf('end') + 1);
const isStage = (request: string) => /^(start|stream|end) /.test(request);

/** What would hang a Strapi for good, or leave its database locked: see `avoided` in generate.ts. */
export const avoidedOfStrapi: Avoid = ({ direction, before, request }) => {
  if (direction === 'pull') return null;
  const said = ofThisTransfer(before);
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

const isUnopened = ({ before }: ServerDifference) => {
  const said = ofThisTransfer(before);
  return said.includes('init') && !said.includes('bootstrap');
};

/** The rows of deviations.ts that a path of the chart meets, by their names. */
export const deviationsOfPaths: readonly KnownDeviation<ServerDifference>[] = [
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
