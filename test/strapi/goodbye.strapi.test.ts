import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { statePath } from '../../machines/remote.machine.js';
import type { TransferError } from '../../src/protocol/errors.js';
import { createDirectorySource } from '../../src/stores/directory/source.js';
import { createMemoryStore } from '../../src/stores/memory.js';
import type { TransferSource } from '../../src/stores/store.js';
import { createTransfer, type TransferOptions } from '../../src/transfer/create-transfer.js';
import type { Version } from './harness/app-folder.js';
import { type StrapiInstance, startStrapi } from './harness/strapi.js';

const megabyte = 1024 * 1024;
/** Milliseconds that the storage takes for each file: it stores earlier ones while later ones come. */
const uploadDelay = 250;

interface At {
  readonly step?: string;
  readonly asset?: number;
  readonly after?: number;
  readonly state?: string;
}

/** When a push is broken off: after the first rows, bytes into an asset, or before it; or where the lifecycle stands. */
const moments = {
  'the entities': { step: 'entities' },
  'the first asset': { asset: 0, after: megabyte / 4 },
  'a later asset': { asset: 2, after: megabyte / 4 },
  'the moment between two assets': { asset: 2, after: 0 },
  'the end of the assets': { state: 'transferring.ending' },
  'the links': { step: 'links' },
} as const satisfies Record<string, At>;
type Moment = keyof typeof moments;

/** What the error says stands there then, and what became of the uploads. */
const rolledBack = { stands: 'asBefore' };
const hungUp = { stands: 'rollsBack' };
const ends = {
  'the entities': [rolledBack, 'uploads'],
  'the first asset': [hungUp, 'uploads'],
  'a later asset': [hungUp, 'uploads'],
  'the moment between two assets': [hungUp, 'uploads'],
  'the end of the assets': [hungUp, 'uploadsDeleted'],
  'the links': [rolledBack, 'uploadsDeleted'],
} as const satisfies Record<Moment, readonly [object, string]>;

/** The source, with `reached` called at that moment; it goes on as if nothing were, unless that throws. */
function interrupted(source: TransferSource, moment: Moment, reached: () => void): TransferSource {
  const at: At = moments[moment];
  return {
    ...source,
    // It is read once: a look through it would reach the moment.
    rereads: false,
    async *rows(step) {
      for await (const batch of source.rows(step)) {
        yield batch;
        if (step === at.step) reached();
      }
    },
    async *assets() {
      let place = 0;
      for await (const asset of source.assets()) {
        const { after } = at;
        const isIt = place === at.asset;
        place += 1;
        if (isIt && after === 0) reached();
        if (!isIt || after === undefined) yield asset;
        else yield { ...asset, stream: () => reaching(asset.stream(), after, reached) };
      }
    },
  };
}

async function* reaching(bytes: AsyncIterable<Uint8Array>, after: number, reached: () => void) {
  let passed = 0;
  for await (const chunk of bytes) {
    yield chunk;
    passed += chunk.length;
    if (passed >= after) reached();
  }
}

/** Calls back as soon as the lifecycle of the push stands there in the assets. */
const whenIn =
  (state: string, reached: () => void): NonNullable<TransferOptions['inspect']> =>
  (event) => {
    if (event.type !== '@xstate.snapshot') return;
    const { value, context } = event.snapshot as { value?: unknown; context?: Record<string, unknown> };
    if (context?.['step'] === 'assets' && statePath(value) === state) queueMicrotask(reached);
  };

describe.each<Version>(['current', 'older'])('a push to a %s Strapi whose storage is slow', (version) => {
  let server: StrapiInstance;
  let scratch: string;
  let content: string;
  let counts: Record<string, number>;

  beforeAll(async () => {
    const seeded = { articles: 20, assetBytes: 3 * megabyte, assetCount: 5 };
    server = await startStrapi({ version, content: seeded, uploadDelay });
    scratch = await mkdtemp(join(tmpdir(), 'ferry-goodbye-'));
    content = join(scratch, 'content');
    await createTransfer({ from: server.adminUrl, fromToken: server.tokens.pull, to: content }).done;
    counts = await server.counts();
  });
  afterAll(async () => {
    await server?.stop();
    await rm(scratch, { recursive: true, force: true });
  });

  async function brokenOff(moment: Moment, how: 'aborted' | 'failing'): Promise<TransferError> {
    const reached = () => {
      if (how === 'failing') throw new Error('the disk is gone');
      transfer.abort('the test');
    };
    const at: At = moments[moment];
    const transfer = createTransfer({
      from: interrupted(createDirectorySource({ path: content }), moment, reached),
      ...{ to: server.adminUrl, toToken: server.tokens.push },
      ...(at.state === undefined ? {} : { inspect: whenIn(at.state, reached) }),
    });
    return transfer.done.then(
      () => Promise.reject(new Error('it completed')),
      (error: TransferError) => error,
    );
  }

  /** It lives when all is stored that was on its way, holds the rows from before, and takes a pull. */
  async function expectAlive(): Promise<void> {
    await server.stored();
    expect(await server.counts()).toEqual(counts);
    const pull = { from: server.adminUrl, fromToken: server.tokens.pull, only: ['content'] as const };
    await createTransfer({ ...pull, to: createMemoryStore().destination() }).done;
  }

  async function expectTruth({ details, message }: TransferError, moment: Moment): Promise<void> {
    const [stands, uploads] = ends[moment];
    expect(details).toMatchObject({ at: server.adminUrl, ...stands });
    expect(message.split('\n').at(-1)).toContain(server.adminUrl);
    const backups = (await readdir(join(server.appDir, 'public')))
      .filter((name) => name.startsWith('uploads_backup_'))
      .map((name) => join(server.appDir, 'public', name));
    if (uploads === 'uploads') expect(backups).toContain(String(details['uploads']));
    else expect(details).toMatchObject({ uploadsDeleted: true });
  }

  it.each(Object.keys(moments) as Moment[])('survives that it is aborted in %s', async (moment) => {
    const error = await brokenOff(moment, 'aborted');
    expect(error.code).toBe('ABORTED');
    await expectAlive();
    await expectTruth(error, moment);
  });

  it('survives that its source fails in a later asset', async () => {
    const error = await brokenOff('a later asset', 'failing');
    expect(error.code).toBe('UNEXPECTED');
    await expectAlive();
    await expectTruth(error, 'a later asset');
  });
});
