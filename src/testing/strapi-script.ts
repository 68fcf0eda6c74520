import { type Step, steps } from '../protocol/content.js';
import type { Given } from '../protocol/given.js';
import type { MemoryAsset, MemoryContent } from '../stores/memory.js';
import { assetFlows, takeAssets } from './asset-flows.js';
import type { ScriptedPeer, SentMessage } from './scripted-peer.js';

/** The Strapi to play, and its content. */
export interface StrapiScriptOptions {
  /** The direction of the transfer: a pull reads `content`, a push fills `received`. */
  readonly direction: 'push' | 'pull';
  /** What the server holds. @defaultValue nothing */
  readonly content?: Given<MemoryContent> | undefined;
  /** Strapi's version in the answer to getMetadata. @defaultValue the content's, or '5.54.0' */
  readonly version?: string | undefined;
  /** Whether the server knows checksums and base64, and so echoes them. @defaultValue true */
  readonly echoes?: boolean | undefined;
  /** Whether every new message is also answered by diagnostics, as a Strapi does. @defaultValue true */
  readonly diagnoses?: boolean | undefined;
  /** Rows in one batch of a pull. @defaultValue 2 */
  readonly batchSize?: number | undefined;
  /** In a pull, what the end of each asset says of its bytes. @defaultValue 'right' */
  readonly checksum?: 'right' | 'wrong' | 'none' | undefined;
}

/** A scripted Strapi, and the requests that it received. */
export interface StrapiScript {
  /** The other side, for `createScriptedPeer`. */
  readonly answer: (message: SentMessage, peer: ScriptedPeer) => void;
  /** The pushed content by stage: rows, and the assets with their bytes. */
  readonly received: { readonly [S in Exclude<Step, 'assets'>]: readonly unknown[] } & {
    readonly assets: readonly MemoryAsset[];
  };
  /** The requests in order, each once: `init`, `getMetadata`, `entities.start`, … */
  readonly requests: readonly string[];
}

/** The transferID with which the scripted Strapi answers `init`. */
export const scriptedTransferID = '319f8fff-2143-4021-be11-5f8a3cdb81d7';

/** The name of a request, as the charts have it. A confirmation of a batch has none. */
export function kindOf({ command, kind, action, step }: SentMessage): string {
  return command ?? (kind === 'step' ? `${step}.${action}` : (action ?? 'confirmation'));
}

/** A well-behaved Strapi at the transport port: it answers as in the recordings, diagnostics included. */
export function strapiScript(options: StrapiScriptOptions): StrapiScript {
  const { direction, content = {}, echoes = true, diagnoses = true, checksum = 'right' } = options;
  const rows = { entities: [] as unknown[], links: [] as unknown[], configuration: [] as unknown[] };
  const assets: MemoryAsset[] = [];
  const requests: string[] = [];
  const seen = new Set<string>();
  const batches: { uuid: string; id: string; data: readonly unknown[] | null }[] = [];
  let last: { uuid: string; data: unknown } | null = null;
  let stats = 0;

  const origin = direction === 'push' ? 'local-destination-provider' : 'local-source-provider';
  const createdAt = '2026-01-02T03:04:05.678Z';

  const sendNextBatch = (peer: ScriptedPeer) => {
    const [batch] = batches;
    if (batch !== undefined) peer.batch({ ...batch, ended: batch.data === null });
  };

  const planBatches = (step: Step, id: string) => {
    const all: readonly unknown[] =
      step === 'assets'
        ? assetFlows(content.assets ?? [], { encoding: 'base64', checksum })
        : (content[step] ?? []);
    // In a pull an asset's flow is an array of its own, one in each batch.
    const size = step === 'assets' ? 1 : (options.batchSize ?? 2);
    for (let at = 0; at < all.length; at += size) {
      batches.push({ uuid: `${id}.batch.${at}`, id, data: all.slice(at, at + size) });
    }
    batches.push({ uuid: `${id}.batch.ended`, id, data: null });
  };

  const take = (step: Step, data: unknown) => {
    const items = data as readonly unknown[];
    if (step === 'assets') takeAssets(items, assets);
    else rows[step].push(...items);
    stats = step === 'assets' ? assets.length : stats + items.length;
  };

  const answers: Readonly<Record<string, (message: SentMessage, peer: ScriptedPeer) => unknown>> = {
    init({ params }) {
      const { checksums, assetEncoding } = Object(params) as Record<string, unknown>;
      return {
        transferID: scriptedTransferID,
        ...(echoes && checksums === true ? { checksums } : {}),
        ...(echoes && direction === 'push' && assetEncoding === 'base64' ? { assetEncoding } : {}),
      };
    },
    status: () => ({ active: true, kind: direction, elapsed: 1, startedAt: 1 }),
    end: () => ({ ok: true }),
    getMetadata: () =>
      options.version === undefined && content.metadata !== undefined
        ? content.metadata
        : { createdAt, strapi: { version: options.version ?? '5.54.0' } },
    getSchemas: () => content.schemas ?? {},
    beforeTransfer(_, peer) {
      if (diagnoses) peer.diagnostic(`created assets backup directory ${backup}`, 'info', origin);
      return null;
    },
    start({ step }) {
      stats = 0;
      if (direction === 'push') return { ok: true };
      const id = `stage.${step}`;
      planBatches(step as Step, id);
      if (step !== 'assets') return { ok: true, id };
      const sizes = (content.assets ?? []).map(({ bytes }) => bytes.length);
      const totalBytes = sizes.reduce((sum, size) => sum + size, 0);
      return { ok: true, id, totals: { totalBytes, totalCount: sizes.length } };
    },
    stream({ step, data }) {
      take(step as Step, data);
      return null;
    },
    finish({ step }, peer) {
      if (direction === 'pull') return { ok: true };
      if (step === 'assets' && diagnoses) {
        peer.diagnostic('successfully removed assets backup', 'info', origin);
      }
      const finished = stats;
      // A stage that is ended without its start has moved nothing.
      stats = 0;
      return { ok: true, stats: { started: finished, finished } };
    },
  };
  const nothing = () => null;

  return {
    received: { ...rows, assets },
    requests,
    answer(message, peer) {
      const { uuid } = message;
      if (message.type === undefined) {
        if (batches[0]?.uuid === uuid) batches.shift();
        sendNextBatch(peer);
        return;
      }
      if (seen.has(uuid)) {
        // A Strapi drops a message whose uuid it has seen, but repeats its last answer.
        if (last?.uuid === uuid) peer.answer(uuid, last.data);
        return;
      }
      seen.add(uuid);
      const kind = kindOf(message);
      requests.push(kind);
      if (diagnoses) peer.diagnostic(`received ${kind} uuid:${uuid}`, 'info', `${direction}-handler`);
      const [, stepAction] = message.kind === 'step' ? kind.split('.') : [];
      const name = stepAction === 'end' ? 'finish' : (stepAction ?? kind);
      const data = (answers[name] ?? nothing)(message, peer);
      last = { uuid, data };
      peer.answer(uuid, data);
      if (name === 'start' && direction === 'pull') sendNextBatch(peer);
    },
  };
}

const backup = '/srv/strapi/public/uploads_backup_1795334679854';
/** The requests of a whole transfer in the documented order, without the batches. */
export function plannedOrder(direction: 'push' | 'pull'): readonly string[] {
  const stages = steps.flatMap((step) => [`${step}.start`, `${step}.end`]);
  const before = ['init', 'bootstrap', 'getMetadata', 'getSchemas'];
  return [...before, ...(direction === 'push' ? ['beforeTransfer'] : []), ...stages, 'close', 'end'];
}
