import { fileType } from '../../../protocol/clearing.js';
import { type ComponentReader, createComponentReader } from '../../../protocol/components.js';
import type { Asset, Entity, Link, RowOf, RowStep } from '../../../protocol/content.js';
import { TransferError } from '../../../protocol/errors.js';
import type { TransferSource } from '../../../stores/store.js';
import type { PushedLink } from './owned-links.js';
import { type PreparedPush, type PushInput, preparePush } from './prepare-push.js';
import { createPushedIds } from './pushed-ids.js';
import { nameOf } from './written-links.js';

/** Links in a batch. */
const batchSize = 500;

/**
 * What one push brings, as a source: rows and files under ids of a range of their own, links between them, and links to rows
 * that stand. It reads both sides when it is opened.
 */
export function pushSource(input: PushInput): TransferSource {
  const { source, outgoing, takesForeignLinks } = input;
  const ids = createPushedIds();
  let opened: { readonly push: PreparedPush; readonly reader: ComponentReader } | null = null;
  const read = () => {
    if (opened === null) throw new TransferError('ABORTED', { because: 'its source is closed' });
    return opened;
  };

  function entityOf({ type, id, data }: Entity): readonly Entity[] {
    const documentId = outgoing.comes.get(type, id);
    if (documentId === undefined) return [];
    const { reader, push } = read();
    const fields = reader.changed(type, data, (uid, component, inner) => ({
      ...inner,
      ...push.written.of(uid, component),
      id: ids.of(component),
    }));
    return [{ type, id: ids.of(id), data: { ...fields, documentId, ...push.written.of(type, id) } }];
  }

  function linkOf({ link, owner, target, side, isWithin }: PushedLink): Link | undefined {
    const { push } = read();
    const there = takesForeignLinks ? push.there.get(target.type, target.ref)?.id : undefined;
    const ref = isWithin ? ids.of(target.ref) : there;
    if (ref === undefined) return undefined;
    const pos = push.places.get(nameOf(link)) ?? owner.pos;
    const own = { ...owner, ref: ids.of(owner.ref), ...(pos === undefined ? {} : { pos }) };
    const other = { ...target, ref };
    return { ...link, ...(side === 'left' ? { left: own, right: other } : { left: other, right: own }) };
  }

  async function* entities(): AsyncGenerator<readonly Entity[]> {
    for await (const batch of source.rows('entities')) {
      const rows = batch.flatMap(entityOf);
      if (rows.length > 0) yield rows;
    }
  }

  async function* links(): AsyncGenerator<readonly Link[]> {
    const { push } = read();
    let batch: Link[] = [];
    for await (const each of push.links()) {
      const link = linkOf(each);
      if (link !== undefined) batch.push(link);
      if (batch.length < batchSize) continue;
      yield batch;
      batch = [];
    }
    for (const [link, comes] of push.inbound)
      batch.push({ ...link, right: { ...link.right, ref: ids.of(comes) } });
    if (batch.length > 0) yield batch;
  }

  async function* assets(): AsyncGenerator<Asset> {
    for await (const asset of source.assets()) {
      const { id } = asset.metadata;
      if ((typeof id !== 'number' && typeof id !== 'string') || !outgoing.comes.has(fileType, id)) continue;
      yield { ...asset, metadata: { ...asset.metadata, id: ids.of(id) } };
    }
  }

  return {
    name: source.name,
    rereads: true,
    async open() {
      opened = { push: await preparePush(input), reader: createComponentReader(await source.schemas()) };
    },
    metadata: () => source.metadata(),
    schemas: () => source.schemas(),
    async *rows<S extends RowStep>(step: S) {
      if (step === 'entities') yield* entities() as AsyncGenerator<readonly RowOf[S][]>;
      if (step === 'links') yield* links() as AsyncGenerator<readonly RowOf[S][]>;
    },
    assets,
    async close() {
      opened = null;
    },
  };
}
