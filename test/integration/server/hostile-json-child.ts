/**
 * Reads hostile JSON at every place that reads JSON from outside, one after the other, in a process that has little
 * memory: `hostile-json-child <folder>` says a line for each, `{place, input, code}`, and at last `{rss}`, in MiB.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { readRecording } from '../../../src/inspect/reading.js';
import { toTransferError } from '../../../src/protocol/errors.js';
import type { Limits } from '../../../src/protocol/limits.js';
import { createArchiveSource } from '../../../src/stores/archive/source.js';
import { createDirectorySource } from '../../../src/stores/directory/source.js';
import { createMemoryStore } from '../../../src/stores/memory.js';
import type { TransferSource } from '../../../src/stores/store.js';
import { createTransfer } from '../../../src/transfer/create-transfer.js';
import { tarOf } from '../../support/archive-files.js';
import { openRaw, say } from '../../support/raw-client.js';
import { serveScript } from '../../support/served-script.js';
import { smallContent } from '../../support/small-content.js';
import { runServer } from '../../support/transfer-servers.js';

const [folder = ''] = process.argv.slice(2);
const MiB = 1024 * 1024;

const filled = (size: number, unit: string, before: string, after: string) =>
  Buffer.concat([Buffer.from(before), Buffer.alloc(size - (size % unit.length), unit), Buffer.from(after)]);

/** Values that take far more memory than their text. Without limits each is sound JSON. */
const swelling: Readonly<Record<string, (size: number) => Buffer>> = {
  'deep nesting': (size) => Buffer.concat([Buffer.alloc(size / 2, '['), Buffer.alloc(size / 2, ']')]),
  'empty lists': (size) => filled(size, '[],', '[', '[]]'),
  'empty objects': (size) => filled(size, '{},', '[', '{}]'),
  'tiny numbers': (size) => filled(size, '1,', '[', '1]'),
  'short texts': (size) => filled(size, '"ab",', '[', '"ab"]'),
  'many keys': (size) =>
    Buffer.from(`{${Array.from({ length: size / 12 }, (_, at) => `"k${at}":0`).join(',')}}`),
};
/** Values that are long, and nothing else. */
const long: Readonly<Record<string, (size: number) => Buffer>> = {
  'a long text': (size) => filled(size, 'x', '"', '"'),
  'a long number': (size) => filled(size, '1', '', ''),
  escapes: (size) => filled(size, '\\u0041', '"', '"'),
};

type Attempt = (value: Buffer, limits: Partial<Limits>) => Promise<string>;

const wrapped = (before: string, value: Buffer, after: string) =>
  Buffer.concat([Buffer.from(before), value, Buffer.from(after)]);

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'it was taken',
    (thrown) => toTransferError(thrown).code,
  );

/** A message to a server of ours, whose log says why the session ended. */
const toServer =
  (direction: 'push' | 'pull', isBegun: boolean): Attempt =>
  async (value, { frameSize }) => {
    const store = createMemoryStore(smallContent);
    const server = await runServer({
      source: () => store.source(),
      destination: () => store.destination(),
      // The client has more to say than is read: it does not come to answer the close.
      connectionOptions: { closeTimeout: 50 },
      limits: frameSize === undefined ? {} : { frameSize },
    });
    try {
      const client = await openRaw(server.runner + direction, server.token);
      if (isBegun) await client.ask(say.command('init'));
      const frame = wrapped('{"uuid":"u","type":"command","command":"status","params":', value, '}');
      client.socket.send(frame, { binary: false });
      await client.closed;
      return (await server.ended()).failure ?? 'it was taken';
    } finally {
      await server.close();
    }
  };

const toClient =
  (at: string, before: (uuid: string) => string, after: string): Attempt =>
  async (value, limits) => {
    const server = await serveScript({
      direction: 'pull',
      at,
      misbehave: ({ message, socket }) =>
        socket.send(wrapped(before(message.uuid), value, after), { binary: false }),
    });
    const to = createMemoryStore().destination();
    try {
      return await codeOf(createTransfer({ from: server.url, fromToken: 'secret', to, limits }).done);
    } finally {
      await server.close();
    }
  };

async function readAll(source: TransferSource): Promise<void> {
  try {
    await source.open();
    await source.schemas();
    for await (const _ of source.rows('entities'));
    for await (const _ of source.assets());
  } finally {
    await source.close();
  }
}

let made = 0;
const rowOf = (value: Buffer) => wrapped('{"type":"api::a.a","id":1,"data":{"x":', value, '}}\n');
const schemaOf = (value: Buffer) => wrapped('{"uid":"api::a.a","x":', value, '}\n');
const objectOf = (value: Buffer) => wrapped('{"x":', value, '}');
const rowFile = 'entities/entities_00001.jsonl';
const schemaFile = 'schemas/schemas_00001.jsonl';
const descriptionFile = 'assets/metadata/a.png.json';

const sound: Readonly<Record<string, string>> = {
  [descriptionFile]: '{}',
  'assets/uploads/a.png': 'a',
  'metadata.json': '{}',
};

/** An export, sound but for one file. */
const files = (name: string, value: Buffer) => Object.entries({ [name]: value, ...omit(name) });
const omit = (name: string) => Object.fromEntries(Object.entries(sound).filter(([file]) => file !== name));

const inFolder =
  (name: string, content: (value: Buffer) => Buffer): Attempt =>
  async (value, limits) => {
    made += 1;
    const path = join(folder, `export-${made}`);
    for (const [file, bytes] of files(name, content(value))) {
      await mkdir(join(path, file, '..'), { recursive: true });
      await writeFile(join(path, file), bytes);
    }
    return codeOf(readAll(createDirectorySource({ path, limits })));
  };

const inArchive =
  (name: string, content: (value: Buffer) => Buffer): Attempt =>
  async (value, limits) => {
    made += 1;
    const path = join(folder, `export-${made}.tar.gz`);
    const entries = files(name, content(value)).map(([file, bytes]) => ({ name: file, content: bytes }));
    await writeFile(path, gzipSync(await tarOf(entries), { level: 1 }));
    return codeOf(readAll(createArchiveSource({ path, limits })));
  };

const recording: Attempt = async (value) => {
  const path = join(folder, 'hostile.jsonl');
  const header = {
    ferry: 'recording',
    format: 1,
    version: '1',
    startedAt: new Date(0),
    roles: [],
    data: false,
  };
  const before = `${JSON.stringify(header)}\n{"type":"new","seq":1,"ms":1,"x":`;
  await writeFile(path, wrapped(before, value, '}\n'));
  const read = async () => {
    for await (const _ of (await readRecording({ path })).records);
  };
  return codeOf(read());
};

const places: Readonly<Record<string, Attempt>> = {
  'a push before init': toServer('push', false),
  'a pull': toServer('pull', true),
  'a push': toServer('push', true),
  'an answer of a server': toClient('getMetadata', (uuid) => `{"uuid":"${uuid}","data":`, '}'),
  'a batch of a server': toClient(
    'entities.start',
    () => '{"uuid":"b","data":{"type":"transfer","id":"i","ended":false,"data":[',
    ']}}',
  ),
  'a row of a folder': inFolder(rowFile, rowOf),
  'a schema of a folder': inFolder(schemaFile, schemaOf),
  'the metadata of a folder': inFolder('metadata.json', objectOf),
  'a description in a folder': inFolder(descriptionFile, objectOf),
  'a row of an archive': inArchive(rowFile, rowOf),
  'a schema of an archive': inArchive(schemaFile, schemaOf),
  'the metadata of an archive': inArchive('metadata.json', objectOf),
  'a description in an archive': inArchive(descriptionFile, objectOf),
};

const tell = (fields: object) => process.stdout.write(`${JSON.stringify(fields)}\n`);
const most = { frameSize: MiB, lineBytes: MiB, heldBytes: MiB };
const swollen = Object.entries(swelling).map(([input, value]) => [input, value(6 * MiB)] as const);
const tooLong = Object.entries(long).map(([input, value]) => [input, value(1.25 * MiB)] as const);

for (const [place, attempt] of Object.entries(places)) {
  for (const [input, value] of swollen) tell({ place, input, code: await attempt(value, {}) });
  for (const [input, value] of tooLong) tell({ place, input, code: await attempt(value, most) });
}
for (const place of ['a push before init', 'a pull']) {
  const short = swelling['deep nesting']?.(60_000) ?? Buffer.alloc(0);
  tell({ place, input: 'deep nesting in a short message', code: await places[place]?.(short, {}) });
}
for (const [input, value] of [...Object.entries(swelling), ...Object.entries(long)])
  tell({ place: 'a recording', input, code: await recording(value(input in long ? 5 * MiB : 3 * MiB), {}) });
tell({ rss: process.resourceUsage().maxRSS / 1024 });
process.exit(0);
