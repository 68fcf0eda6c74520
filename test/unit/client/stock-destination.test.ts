import { describe, expect, test } from 'vitest';
import { createStockDestination } from '../../../src/client/remote-destination.js';
import { PartialClearing, unknownColumn } from '../../../src/protocol/partial-clearing.js';
import {
  createScriptedPeer,
  type ScriptedPeer,
  type SentMessage,
} from '../../../src/testing/scripted-peer.js';
import { plannedOrder, strapiScript } from '../../../src/testing/strapi-script.js';
import { readsParams } from '../../../src/transfer/merge/stock/probe.js';
import { prepare, sample, toAsset, watch, writeAll } from '../../support/ends.js';
import { countingIds } from '../../support/ids.js';
import { TestClock } from '../../support/test-clock.js';

const url = 'https://example.com/admin';
const page = 'api::page.page';

type Answers = (message: SentMessage, peer: ScriptedPeer) => boolean;

/** A scripted Strapi; `answers` says true where it has answered a message itself. */
function strapi(answers: Answers = () => false) {
  const clock = new TestClock();
  const server = strapiScript({ direction: 'push', content: sample });
  const asked: string[] = [];
  const peer = createScriptedPeer({
    clock,
    answer: (message, played) => {
      asked.push(message.command ?? message.action ?? '');
      if (!answers(message, played)) server.answer(message, played);
    },
  });
  const to = { url, token: 'secret-token', open: peer.open, clock, ids: countingIds() };
  return { clock, server, peer, to, asked };
}

const paramsOf = ({ sent }: ScriptedPeer) => sent.find(({ command }) => command === 'init')?.params;
const withoutBatches = (kinds: readonly string[]) => kinds.filter((kind) => !kind.endsWith('.stream'));

describe('a stock Strapi that keeps what stands', () => {
  test('is sent rows and files, and is never asked to delete anything', async () => {
    const { peer, server, to } = strapi();
    const clearing = PartialClearing.nothing({ files: true });
    const destination = createStockDestination(to, clearing);
    await prepare(destination);
    await writeAll(destination, sample);
    await destination.commit();
    await destination.close();
    expect(withoutBatches(server.requests)).toEqual(
      plannedOrder('push').filter((kind) => kind !== 'beforeTransfer'),
    );
    expect(paramsOf(peer)).toMatchObject({ options: { strategy: 'restore', restore: clearing.restore } });
    expect(server.received.entities).toEqual(sample.entities);
  });

  test('is told the documents that it deletes, and nothing of whole types', async () => {
    const { peer, server, to } = strapi();
    const clearing = PartialClearing.documents([{ type: page, documentId: 'a' }]);
    const destination = createStockDestination(to, clearing);
    await prepare(destination);
    expect(server.requests).toContain('beforeTransfer');
    const { options } = paramsOf(peer) as { options: { restore: unknown } };
    expect(options.restore).toEqual({
      assets: false,
      configuration: { coreStore: false, webhook: false },
      entities: { include: [page], params: { where: { documentId: { $in: ['a'] } } } },
    });
    await destination.rollback();
    await destination.close();
  });

  test('is none where a server of Ferry answers: nothing is asked of it', async () => {
    const { asked, to } = strapi((message, peer) => {
      if (message.command !== 'init') return false;
      peer.answer(message.uuid, {
        transferID: '319f8fff-2143-4021-be11-5f8a3cdb81d7',
        ferry: { version: 1 },
      });
      return true;
    });
    const destination = createStockDestination(to, PartialClearing.nothing({ files: false }));
    await expect(destination.open({ types: [page] })).rejects.toMatchObject({
      code: 'MERGE_NOT_STOCK',
      details: { url },
    });
    expect(asked).toEqual(['init']);
    await destination.close();
  });

  test('may keep new files without rows when it is broken off after the first, and says so', async () => {
    const [small] = sample.assets;
    for (const files of [true, false]) {
      const { clock, to } = strapi();
      const destination = createStockDestination(to, PartialClearing.nothing({ files }));
      await prepare(destination);
      await (await destination.rowWriter('entities')).end();
      if (files && small !== undefined) await (await destination.assetWriter()).write(toAsset(small));
      const rolledBack = watch(destination.rollback());
      await clock.pass(20_000, 100);
      expect(rolledBack().value).toEqual(
        files ? expect.objectContaining({ newFilesStay: true }) : { stands: 'asBefore' },
      );
      await destination.close();
    }
  });
});

describe('a Strapi that is asked whether it deletes no more than it is told', () => {
  const answering = (answer: (uuid: string, peer: ScriptedPeer) => void) =>
    strapi(({ uuid, action }, peer) => {
      if (action === 'beforeTransfer') answer(uuid, peer);
      return action === 'beforeTransfer';
    });

  async function asked({ clock, to, server, peer }: ReturnType<typeof strapi>) {
    const outcome = watch(readsParams(to, page));
    await clock.pass(20_000, 100);
    expect(server.requests.slice(-3)).toEqual(['rollback', 'close', 'end']);
    expect(peer.socket.readyState).toBe(3);
    expect(paramsOf(peer)).toMatchObject({
      options: {
        restore: { entities: { include: [page], params: { where: { [unknownColumn]: { $in: [''] } } } } },
      },
    });
    return outcome();
  }

  test('does, if its database misses the column', async () => {
    const message = `restore failed SqliteError: select … where ("t0"."${unknownColumn}" in ('')) - no such column`;
    const found = await asked(answering((uuid, peer) => peer.error(uuid, { code: 'Error', message })));
    expect(found).toMatchObject({ state: 'resolved', value: true });
  });

  test('does not, if it does as it is asked: that is rolled back', async () => {
    const found = await asked(answering((uuid, peer) => peer.answer(uuid)));
    expect(found).toMatchObject({ state: 'resolved', value: false });
  });

  test('is not known, if it fails for another reason', async () => {
    const message = 'restore failed: the database is locked';
    const found = await asked(answering((uuid, peer) => peer.error(uuid, { code: 'Error', message })));
    expect(found).toMatchObject({ state: 'rejected', error: { code: 'PEER_ERROR' } });
  });
});
