import type { KnownDeviation } from '../../../src/testing/conformance/known-deviations.js';
import type { ServerDifference } from '../../../src/testing/conformance/play.js';
import type { Avoid } from '../../../src/testing/conformance/server-plans.js';

/** A request's own name, however it was sent. */
const plain = (name: string) => name.replace(/ \(.+\)$/, '');
/** Of the transfer that goes on: what ended is forgotten. */
const ofThisTransfer = (before: readonly string[]) => {
  const names = before.map(plain);
  return names.slice(names.lastIndexOf('end') + 1);
};
const isStage = (request: string) => /^(start|stream|end) /.test(request);

/** What would hang a Strapi for good, or leave its database locked: see `avoided` in generate.ts. */
export const avoidedOfStrapi: Avoid = ({ direction, before, request: name }) => {
  // A message that it has seen is dropped.
  if (direction === 'pull' || name.endsWith('(late)')) return null;
  const request = plain(name);
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
    name: 'transferID',
    fits: ({ expected, came }) => expected === 'BAD_TRANSFER_ID' && came === 'accepted',
  },
  {
    name: 'status of a pull',
    fits: ({ direction, request, came }) =>
      direction === 'pull' && request === 'status' && /with active: (true|false)$/.test(came),
  },
  {
    name: 'unknown type',
    fits: ({ request, came }) => request === 'an unknown type' && came.startsWith('no answer'),
  },
  {
    name: 'unknown request',
    fits: ({ expected, came }) => expected === 'BAD_REQUEST' && came === 'accepted',
  },
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
