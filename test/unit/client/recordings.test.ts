import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { TransferError } from '../../../src/protocol/errors.js';
import type { ScriptedPeer, SentMessage } from '../../../src/testing/scripted-peer.js';
import { kindOf } from '../../../src/testing/strapi-script.js';
import { prepare, readAll, remote, writeAll } from '../../support/ends.js';

interface Frame {
  readonly dir?: '<' | '>';
  readonly msg?: SentMessage & { readonly diagnostic?: unknown; readonly error?: unknown };
}

function recording(name: string): readonly Frame[] {
  const path = new URL(`../../fixtures/recordings/${name}.jsonl`, import.meta.url);
  const lines = readFileSync(path, 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line) as Frame);
}

/**
 * The recorded server, played against our client: what it said after the request of that kind, it says again. Where
 * ours asks the same once where the recorded client asked twice, the second time is passed over.
 */
function player(frames: readonly Frame[]) {
  const messages = frames.flatMap(({ dir, msg }) =>
    dir === undefined || msg === undefined ? [] : [{ dir, msg }],
  );
  let at = 0;
  const answer = (message: SentMessage, peer: ScriptedPeer) => {
    const wanted = kindOf(message);
    const place = messages.findIndex(
      ({ dir, msg }, index) => index >= at && dir === '>' && kindOf(msg) === wanted,
    );
    // Strapi's client sends no end in a pull; the server answers one all the same.
    if (place === -1 && wanted === 'end') return peer.answer(message.uuid, { ok: true });
    if (place === -1) throw new Error(`${wanted} is not in the rest of the recording`);
    const recorded = messages[place]?.msg.uuid ?? '';
    for (at = place + 1; messages[at]?.dir === '<'; at += 1) {
      const text = JSON.stringify(messages[at]?.msg);
      peer.receive(text.replaceAll(recorded, message.uuid));
    }
    return undefined;
  };
  return { answer, kinds: () => messages.filter(({ dir }) => dir === '>').map(({ msg }) => kindOf(msg)) };
}

/** The rows that the recorded server sent in a stage. */
function batchesOf(frames: readonly Frame[], step: string): readonly unknown[] {
  const start = frames.find(({ dir, msg }) => dir === '>' && msg?.step === step && msg.action === 'start');
  const answer = frames.find(({ dir, msg }) => dir === '<' && msg?.uuid === start?.msg?.uuid);
  const { id } = Object(answer?.msg?.data);
  return frames.flatMap(({ dir, msg }) => {
    const batch = Object(msg?.data) as { id?: string; data?: readonly unknown[] | null };
    return dir === '<' && batch.id === id ? (batch.data ?? []) : [];
  });
}

/** The same kind several times in a row counts once: getMetadata may repeat, and batches are cut our way. */
const squeezed = (kinds: readonly string[]) => kinds.filter((kind, index) => kind !== kinds[index - 1]);

describe('the recorded server of Strapi 5.54.0', () => {
  test('plays a pull against our client, whose messages are of the recorded kinds, in the recorded order', async () => {
    const frames = recording('strapi-5.54.0-pull');
    const server = player(frames);
    const { clock, end, peer } = remote('pull', { peer: { answer: server.answer } });
    await end.open();
    expect(await end.metadata()).toMatchObject({ strapi: { version: '5.54.0' } });
    expect(Object.keys((await end.schemas()) ?? {})).toContain('plugin::upload.file');
    const { entities, assets, links, configuration } = await readAll(end);
    await end.close();

    expect(entities).toEqual(batchesOf(frames, 'entities'));
    expect(links).toEqual(batchesOf(frames, 'links'));
    expect(configuration).toEqual(batchesOf(frames, 'configuration'));
    expect(assets.map(({ filename, bytes }) => [filename, bytes.length])).toEqual([
      ['seed0_502b5f0148.bin', 3000],
      ['seed1_9165afb988.bin', 3000],
    ]);
    const ours = peer.sent.map(kindOf);
    expect(ours.pop()).toBe('end');
    expect(squeezed(ours)).toEqual(squeezed(server.kinds()));
    expect(ours.filter((kind) => kind === 'confirmation')).toHaveLength(9);
    expect(clock.pending).toEqual([]);
  });

  test('plays a push against our client, whose messages are of the recorded kinds, in the recorded order', async () => {
    const frames = recording('strapi-5.54.0-push');
    const server = player(frames);
    const { clock, end, peer } = remote('push', { peer: { answer: server.answer } });
    // What the recorded client sent is sent again.
    const pushed = (step: string) =>
      frames.flatMap(({ dir, msg }) =>
        dir === '>' && msg?.step === step ? ((msg.data ?? []) as unknown[]) : [],
      );
    const flow = pushed('assets') as { action: string; data: never }[];
    const assets = flow.flatMap(({ action, data }, index) => {
      if (action !== 'start') return [];
      const { filename, metadata } = data as { filename: string; metadata: Record<string, unknown> };
      return [
        { filename, metadata, bytes: new Uint8Array(Buffer.from(flow[index + 1]?.data ?? '', 'base64')) },
      ];
    });
    await prepare(end);
    await writeAll(end, {
      metadata: null,
      schemas: null,
      entities: pushed('entities') as never,
      links: pushed('links') as never,
      configuration: pushed('configuration') as never,
      assets,
    });
    await end.commit();
    await end.close();

    expect(squeezed(peer.sent.map(kindOf))).toEqual(squeezed(server.kinds()));
    expect(clock.pending).toEqual([]);
  });

  test('reads the same frames as the recorded client wrote: ours differ by their uuids, and by `ferry` in init', async () => {
    const frames = recording('strapi-5.54.0-push');
    const { end, peer } = remote('push', { peer: { answer: player(frames).answer } });
    await prepare(end);
    const recorded = frames.flatMap(({ dir, msg }) => (dir === '>' && msg !== undefined ? [msg] : []));
    const shapeOf = ({ uuid: _, ...rest }: SentMessage) => rest;
    for (const message of peer.sent) {
      const match = recorded.find((other) => kindOf(other) === kindOf(message));
      if (kindOf(message) !== 'init') {
        expect(shapeOf(message)).toEqual(match === undefined ? undefined : shapeOf(match));
        continue;
      }
      const { ferry, ...params } = Object(message.params);
      expect(ferry).toEqual({ version: 1 });
      params.options.restore.entities = {};
      expect({ ...shapeOf(message), params }).toEqual(match === undefined ? undefined : shapeOf(match));
    }
    end.abort(new TransferError('ABORTED'));
  });
});
