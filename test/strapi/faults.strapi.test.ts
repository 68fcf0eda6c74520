import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FlowDirection } from '../../src/testing/fault-proxy.js';
import { createTransfer } from '../../src/transfer/create-transfer.js';
import { type CommandResult, eventsOf, outcomeOf, runCommand } from '../support/command.js';
import { type StrapisBehindProxies, startStrapisBehindProxies } from '../support/strapis-behind-proxies.js';
import { startStrapi } from './harness/strapi.js';

type Direction = 'push' | 'pull';

/** What the command may take beside the wait itself, on a busy machine. */
const slack = 4_000;
const tenths = Array.from({ length: 9 }, (_, index) => index + 1);

let strapis: StrapisBehindProxies;
beforeAll(async () => {
  strapis = await startStrapisBehindProxies();
});
afterAll(() => strapis?.stop());

const proxyOf = (direction: Direction) => (direction === 'pull' ? strapis.toSource : strapis.toTarget);

/** Pulls over an export that stands there, or pushes one to where others stand. */
function command(direction: Direction, ...flags: string[]): Promise<CommandResult> {
  const { source, target, toSource, toTarget, mine, theirs } = strapis;
  const [from, to] = direction === 'pull' ? [toSource.adminUrl, mine] : [theirs, toTarget.adminUrl];
  const env = {
    STRAPI_TRANSFER_FROM_TOKEN: source.tokens.pull,
    STRAPI_TRANSFER_TO_TOKEN: target.tokens.push,
  };
  return runCommand(['transfer', '--from', from, '--to', to, '--force', '--json', ...flags], { env });
}

describe.each<Direction>(['pull', 'push'])('a %s', (direction) => {
  let total: { readonly up: number; readonly down: number };
  let undisturbed: number;

  beforeAll(async () => {
    const { source, target, toSource, toTarget, mine, theirs, scratch } = strapis;
    const before = proxyOf(direction).bytes();
    const began = performance.now();
    const push = { toToken: target.tokens.push };
    if (direction === 'pull') {
      const copy = join(scratch, 'copy');
      await createTransfer({ from: toSource.adminUrl, fromToken: source.tokens.pull, to: copy }).done;
      await rm(copy, { recursive: true });
    } else await createTransfer({ from: theirs, to: toTarget.adminUrl, ...push }).done;
    undisturbed = performance.now() - began;
    const after = proxyOf(direction).bytes();
    total = { up: after.up - before.up, down: after.down - before.down };
    if (direction === 'push') await createTransfer({ from: mine, to: target.adminUrl, ...push }).done;
  });

  describe.each<FlowDirection>(['up', 'down'])('whose bytes %s', (flow) => {
    it.each(tenths)('are cut after %i tenths ends at once with 4, and nothing is changed', async (tenth) => {
      const result = await strapis.asItWas(() => {
        proxyOf(direction).cutAfter(Math.floor((total[flow] * tenth) / 10), flow);
        return command(direction);
      });
      expect(result).toMatchObject({ exitCode: 4, stderr: '' });
      const { error, ms } = outcomeOf(result);
      // Few bytes go up in a pull: the first tenth of them is the handshake.
      expect(error?.code).toMatch(tenth === 1 ? /^CONNECT(_FAILED|ION_CLOSED)$/ : /^CONNECTION_CLOSED$/);
      expect(ms).toBeLessThan(undisturbed + slack);
      if (error) await strapis.expectUploads(error);
    });
  });

  const flow = direction === 'pull' ? 'down' : 'up';
  it.each(tenths)('is dead in the time allowed after %i tenths went into a black hole', async (tenth) => {
    const result = await strapis.asItWas(() => {
      proxyOf(direction).blackHoleAfter(Math.floor((total[flow] * tenth) / 10), flow);
      return command(direction, '--heartbeat-timeout', '1000', '--busy-timeout', '2000');
    });
    expect(result).toMatchObject({ exitCode: 4, stderr: '' });
    const { error, ms } = outcomeOf(result);
    expect(error?.code).toBe('CONNECTION_SILENT');
    expect(ms).toBeLessThan(undisturbed + Number(error?.details['ms']) + slack);
    if (error) await strapis.expectUploads(error);
  });
});

it('is dead within ten seconds where nothing else is asked for', async () => {
  const began = performance.now();
  const { exitCode, stderr } = await strapis.asItWas(() => {
    const { source, toSource, mine } = strapis;
    toSource.blackHoleAfter(1_000_000, 'down');
    const parameters = ['--from', toSource.adminUrl, '--to', mine, '--force'];
    return runCommand(['transfer', ...parameters, '--from-token', source.tokens.pull]);
  });
  expect(exitCode).toBe(4);
  expect(stderr).toContain('CONNECTION_SILENT: Nothing came from');
  expect(stderr).toContain('for 10 s while content was moving');
  expect(performance.now() - began).toBeLessThan(10_000 + slack);
});

it('takes no server for dead that clears 2,000 articles and answers nothing meanwhile', async () => {
  const target = await startStrapi({ content: { articles: 2000, assetBytes: 0, assetCount: 0 } });
  // Well below what clearing takes on any machine (2 to 15 s were seen), so that the silence is longer.
  const heartbeat = 800;
  const parameters = ['--from', strapis.theirs, '--to', target.adminUrl, '--force', '--json'];
  const result = await runCommand(['transfer', ...parameters, '--heartbeat-timeout', String(heartbeat)], {
    env: { STRAPI_TRANSFER_TO_TOKEN: target.tokens.push },
  });
  expect(result.exitCode).toBe(0);
  const [preparing, transferring] = eventsOf(result).filter(
    ({ state }) => state === 'preparing.clearing' || state === 'transferring.schemas',
  );
  expect(Number(transferring?.ms) - Number(preparing?.ms)).toBeGreaterThan(heartbeat);
  expect((await target.counts())['api::article.article']).toBe(20);
  await target.stop();
});
