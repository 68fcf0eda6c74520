import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { statePath } from '../../machines/remote.machine.js';
import type { TransferError } from '../../src/protocol/errors.js';
import type { FlowDirection } from '../../src/testing/fault-proxy.js';
import { createTransfer, type TransferOptions } from '../../src/transfer/create-transfer.js';
import { type StrapisBehindProxies, startStrapisBehindProxies } from '../support/strapis-behind-proxies.js';

type Direction = 'push' | 'pull';
type FaultKind = 'cut' | 'black hole';

const slack = 4_000;
const limits = { heartbeatTimeout: 400, busyTimeout: 1_200 };

let strapis: StrapisBehindProxies;
beforeAll(async () => {
  strapis = await startStrapisBehindProxies();
});
afterAll(() => strapis?.stop());

/** The states of the lifecycle in the order of a transfer, each with what is asked or moved in it. */
const opening = [
  'initializing init',
  ...['bootstrap', 'getMetadata', 'getSchemas'].map((request) => `preparing.exchanging ${request}`),
];
const stages = ['entities', 'assets', 'links', 'configuration'].flatMap((step) =>
  ['starting', 'streaming', 'ending', 'between'].map((state) => `transferring.${state} ${step}`),
);
const moments: Readonly<Record<Direction, readonly string[]>> = {
  // After the last stage a pull has all it came for.
  pull: [...opening, ...stages.slice(0, -1)],
  push: [...opening, 'preparing.exchanging beforeTransfer', ...stages, 'closing.settling close'],
};

/** What a Strapi needs time for, and answers no ping; between two stages it is the next one's start that is asked. */
const busy: Readonly<Record<Direction, RegExp>> = {
  pull: /streaming (entities|links|configuration)|between entities|starting assets|ending/,
  push: /beforeTransfer|between entities|starting assets|ending|between configuration|settling/,
};

/** Calls back as soon as the lifecycle stands where `moment` says. */
function whenIn(moment: string, reached: () => void): NonNullable<TransferOptions['inspect']> {
  let isOver = false;
  return (event) => {
    if (isOver || event.type !== '@xstate.snapshot') return;
    const { value, context } = event.snapshot as { value?: unknown; context?: Record<string, unknown> };
    if (context === undefined || !('lastAction' in context)) return;
    const request = context['request'] as { readonly type: string } | null;
    const state = statePath(value);
    const about = state.startsWith('transferring') ? context['step'] : request?.type.split('.')[1];
    if (`${state} ${about}` !== moment) return;
    isOver = true;
    reached();
  };
}

/** A transfer whose link fails with the next byte that goes `flow` once it has come to `moment`. */
function transferUntil(
  direction: Direction,
  moment: string,
  { kind, flow, to }: { readonly kind: FaultKind; readonly flow: FlowDirection; readonly to?: string },
) {
  // A cut shows at once; and short limits would end transfers with a Strapi that others keep busy.
  const connectionOptions = kind === 'cut' ? {} : limits;
  const { source, target, toSource, toTarget, theirs, mine } = strapis;
  const proxy = direction === 'pull' ? toSource : toTarget;
  let since = Number.NaN;
  const inspect = whenIn(moment, () => {
    since = performance.now();
    if (kind === 'cut') proxy.cutAfter(0, flow);
    else proxy.blackHoleAfter(0, flow);
  });
  const ends =
    direction === 'pull'
      ? { from: proxy.adminUrl, to: to ?? mine, fromToken: source.tokens.pull }
      : { from: theirs, to: proxy.adminUrl, toToken: target.tokens.push };
  const { done } = createTransfer({ ...ends, force: true, connectionOptions, inspect });
  return { done, ms: () => performance.now() - since };
}

async function failureOf({ done, ms }: ReturnType<typeof transferUntil>) {
  const error = await done.then(
    () => Promise.reject(new Error('it did not fail')),
    (thrown: TransferError) => thrown,
  );
  return { error, ms: ms() };
}

describe.each<FaultKind>(['cut', 'black hole'])('a %s', (kind) => {
  function expectInTime({ error, ms }: { error: TransferError; ms: number }, isBusy: boolean): void {
    expect(error.row.exit).toBe(4);
    expect(error.code).toBe(kind === 'cut' ? 'CONNECTION_CLOSED' : 'CONNECTION_SILENT');
    const limit = kind === 'cut' ? 0 : isBusy ? limits.busyTimeout : limits.heartbeatTimeout;
    if (kind === 'black hole') expect(error.details['ms']).toBe(limit);
    expect(ms).toBeGreaterThanOrEqual(0.5 * limit);
    expect(ms).toBeLessThan(limit + slack);
  }

  it.each(moments.pull)('of a pull in %s is noticed in time, and the folder stays', async (moment) => {
    const failed = await strapis.asItWas(() =>
      failureOf(transferUntil('pull', moment, { kind, flow: 'down' })),
    );
    expectInTime(failed, busy.pull.test(moment));
  });

  it.each(moments.push)('of a push in %s is noticed in time, and the server rolls back', async (moment) => {
    const failed = await strapis.asItWas(() =>
      failureOf(transferUntil('push', moment, { kind, flow: 'up' })),
    );
    expectInTime(failed, busy.push.test(moment));

    const at = moments.push.indexOf(moment);
    const { details, message } = failed.error;
    const clears = moments.push.indexOf('preparing.exchanging beforeTransfer');
    if (at < clears) {
      expect(message).not.toContain('uploads');
    } else if (at === clears) {
      expect(message).toContain(
        'uploads from before may have been moved: look there for a folder uploads_backup_',
      );
    } else if (at <= moments.push.indexOf('transferring.ending assets')) {
      expect(details['uploads']).toEqual([expect.stringMatching(/uploads_backup_\d+$/)]);
      expect(message).toContain(String(details['uploads']));
      await strapis.expectUploads(failed.error);
    } else {
      expect(message).toContain('Its uploads from before are deleted');
    }
  });
});

it.each(['closing.settling close', 'closing.leaving end'])(
  'a pull that is cut in %s has succeeded: everything was read',
  async (moment) => {
    const to = join(strapis.scratch, moment);
    const { counts } = await transferUntil('pull', moment, { kind: 'cut', flow: 'up', to }).done;
    expect(counts).toMatchObject({ assets: { items: 5 } });
    strapis.toSource.heal();
  },
);

// The last: from here on the server holds the new content.
it('a push that is cut once the server commits says nothing of a rollback', async () => {
  const { error } = await failureOf(
    transferUntil('push', 'closing.leaving end', { kind: 'cut', flow: 'up' }),
  );
  expect(error).toMatchObject({ code: 'CONNECTION_CLOSED', row: { exit: 4 } });
  expect(error.message).toContain('holds the new content: it was committed');
  strapis.toTarget.heal();
  expect((await strapis.target.counts())['api::article.article']).toBe(20);
});
