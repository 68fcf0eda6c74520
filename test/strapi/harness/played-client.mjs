// Strapi's engine and remote providers, the other end in memory: one transfer to each message {id, url, direction,
// retryMessageOptions, content}. Answers {id, error}: why it failed, or null.
import { createRequire } from 'node:module';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';

const home = fileURLToPath(new URL(process.argv[2] === 'older' ? '../older/' : '../', import.meta.url));
const { strapi, engine: engines } = createRequire(home)('@strapi/data-transfer');

process.on('disconnect', () => process.exit(1));
// What nobody has caught ends the process, as it ends the command `strapi transfer`.
let current = 0;
process.on('uncaughtException', ({ message }) => {
  process.send({ id: current, error: `uncaught: ${message}` }, () => process.exit(1));
});

// A request that nobody answers leaves its timer running for ever: of one transfer's the next has none.
const intervals = new Set();
const { setInterval: start, clearInterval: stop } = globalThis;
globalThis.setInterval = (...parameters) => {
  const interval = start(...parameters);
  intervals.add(interval);
  return interval;
};
globalThis.clearInterval = (interval) => {
  intervals.delete(interval);
  stop(interval);
};

function memorySource({ metadata, schemas, entities, links, configuration, assets }) {
  return {
    type: 'source',
    name: 'memory',
    getMetadata: () => metadata,
    getSchemas: () => schemas,
    createEntitiesReadStream: () => Readable.from(entities),
    createLinksReadStream: () => Readable.from(links),
    createConfigurationReadStream: () => Readable.from(configuration),
    createAssetsReadStream: () =>
      Readable.from(
        assets.map(({ filename, metadata: about, bytes }) => ({
          filename,
          filepath: filename,
          stats: { size: bytes.length },
          stream: Readable.from([Buffer.from(bytes)]),
          metadata: about,
        })),
      ),
  };
}

function memoryDestination({ metadata, schemas }) {
  const sink = () => new Writable({ objectMode: true, write: (_row, _encoding, done) => done() });
  return {
    type: 'destination',
    name: 'memory',
    getMetadata: () => metadata,
    getSchemas: () => schemas,
    createEntitiesWriteStream: sink,
    createLinksWriteStream: sink,
    createConfigurationWriteStream: sink,
    createAssetsWriteStream: () =>
      new Writable({
        objectMode: true,
        write: ({ stream }, _encoding, done) =>
          void pipeline(stream, new Writable({ write: (_chunk, _unit, next) => next() })).then(
            () => done(),
            done,
          ),
      }),
  };
}

async function transfer({ url, direction, retryMessageOptions, content }) {
  const remote = { url: new URL(url), auth: { type: 'token', token: 'any' }, verifyChecksums: true };
  const options = { ...remote, retryMessageOptions, strategy: 'restore', restore: { assets: true } };
  const ends =
    direction === 'push'
      ? [memorySource(content), strapi.providers.createRemoteStrapiDestinationProvider(options)]
      : [strapi.providers.createRemoteStrapiSourceProvider(options), memoryDestination(content)];
  await engines.createTransferEngine(...ends, { schemaStrategy: 'ignore' }).transfer();
}

process.on('message', ({ id, ...about }) => {
  current = id;
  const report = (error) => {
    process.send({ id, error });
    for (const interval of intervals) clearInterval(interval);
  };
  transfer(about).then(
    () => report(null),
    ({ message }) => report(message),
  );
});
process.send('ready');
