import { expect, test } from 'vitest';
import type { Nonconformance } from '../../../src/testing/conformance/nonconformance.js';
import { report } from '../../../src/testing/conformance/report.js';
import { testServer } from '../../../src/testing/conformance/test-server.js';
import {
  answering,
  type Mistake,
  mistaken,
  type OnTheWire,
  refusing,
  sending,
} from '../../support/mistaken-server.js';
import { openSession } from '../../support/served-in-memory.js';
import { smallContent } from '../../support/small-content.js';

type Direction = 'push' | 'pull';
/** Made for each connection, since a mistake may remember. */
type Plant = () => Mistake;

const startsWith = (value: unknown, start: string) => String(value).startsWith(start);

/** A server that compares no id where `isLax`: it hears the right one in each message. */
const hearingTheRightId =
  (isLax: (message: OnTheWire) => boolean): Plant =>
  () => {
    let transferID: unknown;
    return {
      hears(message) {
        if (!isLax(message)) return message;
        if (message['command'] === 'end') return { ...message, params: { transferID } };
        return message['type'] === 'transfer' ? { ...message, transferID } : message;
      },
      ...answering((data) => {
        transferID = data['transferID'] ?? transferID;
        return data;
      }),
    };
  };

/** Answers `change` in place of the data of one kind of answer, told by a key that it has. */
const inAnswerWith =
  (key: string, change: (data: OnTheWire) => unknown): Plant =>
  () =>
    answering((data) => (key in data ? change(data) : data));

/** The stats that such a server counts, by what it adds to the right ones. */
const withStats = (count: (stats: { started: number; finished: number }) => unknown): Plant =>
  inAnswerWith('stats', ({ stats, ...data }) => ({ ...data, stats: count(stats as never) }));

/** Says yes to what the good server refuses in these words. */
const sayingYesInsteadOf =
  (words: string): Plant =>
  () => ({
    says: (message) =>
      startsWith((Object(message['error']) as OnTheWire)['message'], words)
        ? [{ uuid: message['uuid'], data: null, error: null }]
        : [message],
  });

const order = /is taken$/;
const mistakes: readonly (readonly [
  what: string,
  direction: Direction,
  plant: Plant,
  paths: RegExp,
  finding: string | RegExp,
])[] = [
  // Those of the issue.
  [
    'never compares a transferID',
    'push',
    hearingTheRightId(() => true),
    /another transferID$/,
    'another transferID: expected refused with BAD_TRANSFER_ID, came accepted',
  ],
  [
    'counts one item too many',
    'push',
    withStats(({ started, finished }) => ({ started, finished: finished + 1 })),
    order,
    /came accepted, with stats other than those of what was sent: \{"started":0,"finished":1\}, sent were 0$/,
  ],
  [
    'answers no stats',
    'push',
    withStats(() => undefined),
    order,
    'expected accepted, came accepted, without stats of what was taken',
  ],
  [
    'answers 7 to getMetadata',
    'push',
    inAnswerWith('strapi', () => 7),
    order,
    'expected accepted, came accepted, with answer to getMetadata, message: it must be an object',
  ],
  [
    'echoes an encoding that does not exist',
    'push',
    inAnswerWith('transferID', (data) => ({ ...data, assetEncoding: 'rot13' })),
    order,
    'expected accepted, came accepted, with the echo assetEncoding: "rot13", offered was "base64"',
  ],
  [
    'refuses without details',
    'push',
    () => refusing(({ code, message }) => ({ code, message })),
    /is refused/,
    /without details$/,
  ],
  // Of our own.
  [
    'compares an id in actions alone',
    'push',
    hearingTheRightId(({ kind }) => kind !== 'action'),
    /another transferID$/,
    'another transferID: expected refused with BAD_TRANSFER_ID, came accepted',
  ],
  [
    'compares an id where there is one',
    'pull',
    hearingTheRightId(({ type, transferID }) => type === 'transfer' && transferID === undefined),
    /no transferID$/,
    'no transferID: expected refused with BAD_TRANSFER_ID, came accepted',
  ],
  [
    'counts messages, and not items',
    'push',
    withStats(({ finished }) => ({ started: Math.sign(finished), finished: Math.sign(finished) })),
    /offers nothing$/,
    /with stats other than those of what was sent: \{"started":1,"finished":1\}, sent were 2$/,
  ],
  [
    'says that a transfer is on its way when none is',
    'pull',
    inAnswerWith('active', (data) => ({ ...data, active: true })),
    order,
    'expected accepted, came accepted, with active: true',
  ],
  [
    'gives a list of schemas',
    'pull',
    inAnswerWith('api::tag.tag', (data) => Object.values(data)),
    order,
    /came accepted, with answer to getSchemas/,
  ],
  [
    'does not name its version',
    'pull',
    inAnswerWith('strapi', ({ strapi: _, ...data }) => data),
    order,
    'expected accepted, came accepted, without strapi.version',
  ],
  [
    'echoes what was not offered',
    'push',
    inAnswerWith('transferID', (data) => ({ ...data, assetEncoding: 'base64' })),
    /offers nothing$/,
    /^offers nothing: .* with the echo assetEncoding: "base64", offered was nothing$/,
  ],
  [
    'takes a wrong checksum',
    'push',
    sayingYesInsteadOf('Checksum mismatch'),
    /wrong checksum$/,
    'wrong checksum: expected refused with CHECKSUM_MISMATCH, came accepted',
  ],
  [
    'takes an asset without the checksum that was agreed',
    'push',
    sayingYesInsteadOf('Checksum mismatch'),
    /no checksum$/,
    'no checksum: expected refused with CHECKSUM_MISMATCH, came accepted',
  ],
  [
    'does as it is told by what is no action',
    'pull',
    sayingYesInsteadOf('Invalid action provided'),
    /what is no request$/,
    'expected refused with INVALID_ACTION, came accepted',
  ],
  [
    'refuses without saying the step',
    'push',
    () =>
      refusing(({ details, ...error }) => ({ ...error, details: { ...Object(details), step: 'sometime' } })),
    /is refused/,
    /without details.step: /,
  ],
  [
    'answers everything twice',
    'push',
    () => ({ says: (message) => [message, message] }),
    order,
    /came 2 answers to a message that was sent 1 times$/,
  ],
  [
    'leaves out error where there is none',
    'pull',
    () => ({ says: ({ error, ...message }) => [error === null ? message : { ...message, error }] }),
    order,
    /came an answer without error$/,
  ],
  [
    'greets',
    'push',
    () => ({ says: (message) => ['hello', message] }),
    order,
    'expected accepted, came a message that is none, with not JSON',
  ],
  [
    'sends its batches under another id',
    'pull',
    () => sending((batch) => [{ ...batch, id: 'stage' }]),
    order,
    /came a batch of assets, unasked$/,
  ],
  [
    'sends a batch twice',
    'pull',
    () => sending((batch) => [batch, batch]),
    order,
    'expected accepted, came the same batch again',
  ],
  [
    'sends rows without a type',
    'pull',
    () =>
      sending(({ data, ...batch }) => [
        {
          ...batch,
          data:
            (data as OnTheWire[] | null)?.map((row) => (Array.isArray(row) ? row : { ...row, kind: 7 })) ??
            null,
        },
      ]),
    /links is taken$/,
    /with a row that is none: a link needs a kind$/,
  ],
  [
    'says wrong checksums',
    'pull',
    () =>
      sending((batch) => [
        JSON.parse(
          JSON.stringify(batch).replaceAll(
            '"algorithm":"sha256","value":"',
            '"algorithm":"sha256","value":"0',
          ),
        ),
      ]),
    /assets is taken$/,
    /^expected accepted, came a batch of assets with /,
  ],
  [
    'ends assets in the middle of one',
    'pull',
    () =>
      sending((batch) => [
        {
          ...batch,
          data:
            (batch['data'] as OnTheWire[][] | null)?.map((items) =>
              items.filter(({ action }) => action !== 'end'),
            ) ?? null,
        },
      ]),
    /assets is taken$/,
    /^expected accepted, came /,
  ],
  [
    'cannot read bytes as a Buffer writes them',
    'push',
    refusingBuffers,
    /offers nothing$/,
    'expected accepted, came refused: no base64',
  ],
  [
    'gives every transfer the same id',
    'pull',
    givingOneId,
    /end → init is taken/,
    'expected accepted, came accepted, with a transferID that was there before',
  ],
  [
    'forgets a message when another one has come',
    'push',
    forgettingAllButTheLast,
    /late again$/,
    /came .* to the same message again, after others$/,
  ],
  [
    'does twice what comes twice at once',
    'push',
    takingEachForNew,
    /twice at once$/,
    /^twice: expected accepted, came refused: .* to the same message again$|another answer to the same message again/,
  ],
];

function refusingBuffers(): Mistake {
  return {
    hears(message, answers) {
      if (!JSON.stringify(message).includes('"type":"Buffer"')) return message;
      const error = { code: 'Error', message: 'no base64', details: {} };
      answers({ uuid: message['uuid'], data: null, error });
      return null;
    },
  };
}

function givingOneId(): Mistake {
  const given = 'the transfer';
  let transferID = '';
  return {
    hears: (message) => JSON.parse(JSON.stringify(message).replace(given, transferID)) as OnTheWire,
    ...answering((data) => {
      if (!('transferID' in data)) return data;
      transferID = String(data['transferID']);
      return { ...data, transferID: given };
    }),
  };
}

function takingEachForNew(): Mistake {
  return underNewNames(() => true);
}

function forgettingAllButTheLast(): Mistake {
  let last: unknown;
  return underNewNames((uuid) => {
    const isLast = uuid === last;
    last = uuid;
    return !isLast;
  });
}

/** Gives the good server another uuid for a message that it has seen, where `forgot` says so. */
function underNewNames(forgot: (uuid: unknown) => boolean): Mistake {
  const seen = new Set<unknown>();
  return {
    hears(message) {
      const { uuid, type } = message;
      const isNew = forgot(uuid);
      if (type === undefined || !seen.has(uuid)) return seen.add(uuid) && message;
      return isNew ? { ...message, uuid: `again-${uuid}` } : message;
    },
    says: ({ uuid, ...message }) => [{ ...message, uuid: String(uuid).replace('again-', '') }],
  };
}

test.each(mistakes)('a server that %s is found', async (_, direction, plant, paths, finding) => {
  const { cases } = testServer({
    connect: () => mistaken(openSession(direction, smallContent), plant()),
    directions: [direction],
    steps: ['assets', 'links'],
    patience: 50,
    shortens: false,
  });
  const isIt = (found: string) => (typeof finding === 'string' ? found === finding : finding.test(found));
  const found: string[] = [];
  for (const { name, run } of cases) {
    if (!paths.test(name) || found.some(isIt)) continue;
    await run().catch((error: Nonconformance) => found.push(error.finding));
  }
  expect(found.filter(isIt), found.join('\n')).not.toEqual([]);
});

test('one mistake is one finding, with the number of its paths and the shortest that shows it', async () => {
  const suite = testServer({
    connect: () => mistaken(openSession('push', smallContent), hearingTheRightId(() => true)()),
    directions: ['push'],
    steps: ['links'],
    shortens: false,
  });
  const { findings, failed, text } = await report(suite);
  expect(findings.map((each) => [each.finding, each.cases.length])).toEqual([
    ['another transferID: expected refused with BAD_TRANSFER_ID, came accepted', failed.length / 2],
    ['no transferID: expected refused with BAD_TRANSFER_ID, came accepted', failed.length / 2],
  ]);
  expect(text).toContain(`in ${failed.length / 2} paths, the shortest: push: init → another transferID
  init, bootstrap (another transferID): expected refused with BAD_TRANSFER_ID, came accepted`);
});

test('a path that fails is made shorter for as long as it fails in the same way', async () => {
  const { cases } = testServer({
    connect: () => mistaken(openSession('push', smallContent), sayingYesInsteadOf('Transfer already')()),
    directions: ['push'],
    steps: ['links'],
  });
  const long = cases.filter(({ name }) => name === 'push: init, bootstrap → start links is taken');
  const { failed } = await report({ cases: long });
  expect(failed.map(({ message }) => message)).toEqual([
    `init, bootstrap, start links, init: expected refused with TRANSFER_IN_PROGRESS, came accepted
  the shortest path that still fails: init, init`,
  ]);
});
