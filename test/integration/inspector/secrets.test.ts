import { afterEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { createInspection } from '../../../src/inspect/inspection.js';
import { createRecorder } from '../../../src/inspect/recorder.js';
import { createInspector } from '../../../src/inspector/inspector.js';
import { createInspectRelay } from '../../../src/inspector/relay.js';
import { createReporter } from '../../../src/inspector/reporter.js';
import { createMemoryStore, type MemoryContent } from '../../../src/stores/memory.js';
import type { TransferDestination, TransferSource } from '../../../src/stores/store.js';
import { createTransfer } from '../../../src/transfer/create-transfer.js';
import { runServer } from '../../support/transfer-servers.js';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

/** Found nowhere but where they were planted. */
const secrets = {
  row: 'planted-in-a-row',
  field: 'planted_as_a_field',
  link: 'planted-in-a-link',
  configuration: 'planted-in-a-configuration',
  asset: 'planted-in-the-bytes-of-an-asset',
  filename: 'planted-as-a-filename.txt',
  metadata: 'planted-in-the-metadata-of-an-asset',
  password: 'planted-as-the-password-of-an-archive',
};

const content: MemoryContent = {
  metadata: { createdAt: '2026-01-02T03:04:05.678Z' },
  schemas: { 'api::page.page': { uid: 'api::page.page', attributes: { title: { type: 'string' } } } },
  entities: [
    { type: 'api::page.page', id: 1, data: { documentId: 'a', title: secrets.row, [secrets.field]: 1 } },
  ],
  links: [
    {
      kind: 'relation.basic',
      relation: 'oneToOne',
      left: { type: 'api::page.page', ref: 1, field: secrets.link },
      right: { type: 'api::page.page', ref: 1 },
    },
  ],
  configuration: [{ type: 'core-store', value: { key: 'a', value: secrets.configuration } }],
  assets: [
    {
      filename: secrets.filename,
      metadata: { id: 1, name: secrets.metadata },
      bytes: new TextEncoder().encode(secrets.asset),
    },
  ],
};

/** Everything that any sink gives away. */
async function listen() {
  const told: Record<string, string> = {
    records: '',
    recording: '',
    dataRecording: '',
    page: '',
    reported: '',
    stately: '',
    legacy: '',
  };
  const inspection = createInspection({
    onError: (error) => open.push({ close: () => Promise.reject(error) }),
  });
  const add = (name: string) => (text: unknown) => {
    told[name] += typeof text === 'string' ? text : JSON.stringify(text);
  };
  inspection.attach({ write: add('records') });
  inspection.attach(createRecorder({ write: add('recording') }));
  inspection.attach(createRecorder({ data: true, write: add('dataRecording') }));
  const [inspector, other, relay] = [
    await createInspector({ port: 0 }),
    await createInspector({ port: 0 }),
    await createInspectRelay({ port: 0 }),
  ];
  open.push(inspector, other, relay);
  inspection.attach(inspector.sink());
  inspection.attach(createReporter({ url: other.url }));
  inspection.attach(relay.stately());
  inspection.attach(relay.legacy());
  const viewers = [
    [`ws://127.0.0.1:${inspector.port}/records`, 'page'],
    [`ws://127.0.0.1:${other.port}/records`, 'reported'],
    [`ws://127.0.0.1:${relay.port}`, 'stately'],
    [`ws://127.0.0.1:${relay.port}/legacy`, 'legacy'],
  ] as const;
  for (const [url, name] of viewers) {
    const viewer = new WebSocket(url);
    viewer.on('message', (data) => add(name)(String(data)));
    await new Promise((resolve) => viewer.once('open', resolve));
  }
  /** Resolves when every sink, and everyone who looks at one, has what has happened. */
  const end = async () => {
    await inspection.close();
    const isOver = () => told['page']?.includes('"gone"') && told['reported']?.includes('"gone"');
    while (!isOver()) await new Promise((resolve) => setImmediate(resolve));
    return told;
  };
  return { inspect: inspection.inspect, end };
}

/** As it stands, in base64 at each of its three places, and in hexadecimal. */
function formsOf(secret: string): string[] {
  const inBase64 = [0, 1, 2].map((shift) =>
    Buffer.from('x'.repeat(shift) + secret)
      .toString('base64')
      .slice(Math.ceil((shift * 4) / 3) + (shift === 0 ? 0 : 1), -4),
  );
  return [secret, ...inBase64, Buffer.from(secret).toString('hex')];
}

function leaksIn(text: string, planted: readonly string[]): string[] {
  return planted.flatMap(formsOf).filter((form) => text.includes(form));
}

describe('nothing secret', () => {
  test.each(['push', 'pull'] as const)('leaves a %s that goes well', async (direction) => {
    const { inspect, end } = await listen();
    const server = await runServer({
      source: createMemoryStore(content).source,
      destination: createMemoryStore().destination,
      inspect,
    });
    const ends =
      direction === 'push'
        ? { from: createMemoryStore(content).source(), to: server.admin, toToken: server.token }
        : { from: server.admin, fromToken: server.token, to: createMemoryStore().destination() };
    await createTransfer({ ...ends, inspect }).done;
    await server.close();
    const told = await end();
    const planted = [...Object.values(secrets), server.token, 'Bearer', 'uthorization'];
    for (const [sink, text] of Object.entries(told)) {
      expect(text.length, sink).toBeGreaterThan(10_000);
      expect([sink, leaksIn(text, planted)]).toEqual([sink, []]);
    }
  });

  test('leaves one that fails with words that quote it, unless the words were asked for', async () => {
    const { inspect, end } = await listen();
    // Databases quote what they refuse, archives what they cannot open.
    const refusing = (): TransferDestination => {
      const store = createMemoryStore().destination();
      const refuse = () => Promise.reject(new Error(`title "${secrets.row}" must be unique`));
      return {
        ...store,
        rowWriter: async () => ({ write: refuse, end: async () => undefined }),
      } as TransferDestination;
    };
    const server = await runServer({ destination: refusing, inspect });
    const source = createMemoryStore(content).source();
    const from = Object.assign({ password: secrets.password }, source) as TransferSource;
    await expect(
      createTransfer({ from, to: server.admin, toToken: server.token, inspect }).done,
    ).rejects.toThrow();
    const broken: TransferSource = {
      ...source,
      password: secrets.password,
      open: () => Promise.reject(new Error(`"${secrets.password}" does not open it`)),
    } as TransferSource;
    await expect(
      createTransfer({ from: broken, to: createMemoryStore().destination(), inspect }).done,
    ).rejects.toThrow();
    await server.close();
    const { dataRecording = '', ...told } = await end();
    for (const [sink, text] of Object.entries(told)) {
      expect([sink, leaksIn(text, [...Object.values(secrets), server.token])]).toEqual([sink, []]);
    }
    expect(dataRecording).toContain(`\\"${secrets.password}\\" does not open it`);
    expect(leaksIn(dataRecording, [server.token, secrets.field, secrets.asset, 'Bearer'])).toEqual([]);
  });
});
