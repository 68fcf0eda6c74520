import { createInspection } from '../../src/inspect/inspection.js';
import { createInspector } from '../../src/inspector/inspector.js';
import { createMemoryStore, type MemoryContent } from '../../src/stores/memory.js';
import type { TransferSource } from '../../src/stores/store.js';
import { createTransfer } from '../../src/transfer/create-transfer.js';
import { smallContent } from './small-content.js';
import { runServer } from './transfer-servers.js';

/** Enough to look at: some thousand rows, assets that take more than one message. */
const someContent: MemoryContent = {
  ...smallContent,
  entities: Array.from({ length: 2500 }, (_, index) => ({
    type: 'api::article.article',
    id: index + 1,
    data: { documentId: `a${index}`, title: `Article ${index}` },
  })),
  assets: Array.from({ length: 5 }, (_, index) => ({
    filename: `vapur_${index}.bin`,
    metadata: { id: index + 1, name: `vapur_${index}.bin` },
    bytes: new Uint8Array(500_000 + index * 90_000).fill(index),
  })),
};

/** Its links come when they are let go. */
function heldSource(source: TransferSource, letGo: Promise<void>): TransferSource {
  return {
    ...source,
    rereads: false,
    async *rows(step) {
      if (step === 'links') await letGo;
      yield* source.rows(step);
    },
  };
}

/**
 * A push over a real socket that stops before its links until `goOn` is called; its two ends report to one inspector, as
 * two processes would.
 */
export async function watchTransfer() {
  const inspector = await createInspector({ port: 0 });
  const client = createInspection({ roles: ['client'] });
  const served = createInspection({ roles: ['server'] });
  client.attach(inspector.sink());
  served.attach(inspector.sink());
  const store = createMemoryStore();
  const server = await runServer({
    source: store.source,
    destination: store.destination,
    inspect: served.inspect,
  });
  let goOn = () => {};
  const letGo = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const transfer = createTransfer({
    from: heldSource(createMemoryStore(someContent).source(), letGo),
    to: server.admin,
    toToken: server.token,
    inspect: client.inspect,
  });
  return {
    url: inspector.url,
    transfer,
    goOn,
    /** Resolves when everything that has happened so far was told. */
    told: () => Promise.all([client.flush(), served.flush()]),
    async end() {
      goOn();
      await transfer.done;
      await server.close();
      await Promise.all([client.close(), served.close()]);
    },
    close: () => inspector.close(),
  };
}
