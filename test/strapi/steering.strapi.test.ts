import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { statePath } from '../../machines/remote.machine.js';
import { createTransfer, type Transfer } from '../../src/transfer/create-transfer.js';
import { type StrapiInstance, startStrapi } from './harness/strapi.js';

let source: StrapiInstance;
let target: StrapiInstance;
let scratch = '';
let folder = '';
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'ferry-steering-'));
  folder = join(scratch, 'content');
  source = await startStrapi({ content: { articles: 20, assetBytes: 3 * 1024 * 1024, assetCount: 5 } });
  target = await startStrapi({ content: { articles: 20, assetBytes: 1024 * 1024, assetCount: 3 } });
});
afterAll(async () => {
  await Promise.all([source?.stop(), target?.stop()]);
  await rm(scratch, { recursive: true, force: true });
});

/** Asks it to pause as soon as its entities begin, and resolves when it rests. */
async function rests(transfer: Transfer): Promise<Transfer> {
  transfer.actor.on('stage.started', ({ step }) => void (step === 'entities' && transfer.pause()));
  await Promise.race([untilIn(transfer, 'transferring.assets.paused'), transfer.done]);
  return transfer;
}

const pull = () =>
  createTransfer({ from: source.adminUrl, fromToken: source.tokens.pull, to: folder, force: true });
const push = () => createTransfer({ from: folder, to: target.adminUrl, toToken: target.tokens.push });

it('rests in a pull from a Strapi, and goes on', async () => {
  const pulling = await rests(pull());
  expect(pulling.resume()).toBe(true);
  const { counts } = await pulling.done;
  expect(counts.assets?.items).toBeGreaterThan(0);
});

it.each(['abort', 'cut'] as const)('leaves a Strapi as it was where it rests in a push: %s', async (end) => {
  const before = await target.counts();
  const pushing = await rests(push());
  pushing[end]();
  const code = end === 'abort' ? 'ABORTED' : 'CONNECTION_CLOSED';
  await expect(pushing.done).rejects.toMatchObject({ code });
  // Waits until the server has noticed, and rolled back.
  expect(await target.counts()).toEqual(before);
});

it('rests in a push to a Strapi, and goes on', async () => {
  const pushing = await rests(push());
  expect(pushing.resume()).toBe(true);
  await pushing.done;
  const [there, here] = await Promise.all([target.counts(), source.counts()]);
  expect(there).toEqual(here);
});

function untilIn({ actor }: Transfer, state: string): Promise<void> {
  return new Promise((resolve) => {
    const look = () => statePath(actor.getSnapshot().value) === state && resolve();
    actor.subscribe(look);
    look();
  });
}
