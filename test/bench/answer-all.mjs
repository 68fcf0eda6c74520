// What a push takes from its client alone: a server that answers each message at once, and keeps nothing.
//   node answer-all.mjs <folder>   started with an IPC channel; sends {port}, and ends with its parent
// The folder is one that is pushed: its metadata and schemas are what this server says of its own.
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const { WebSocketServer } = createRequire(new URL('../../package.json', import.meta.url))('ws');
const [folder] = process.argv.slice(2);

const linesOf = (name) =>
  readdirSync(join(folder, name))
    .flatMap((file) => readFileSync(join(folder, name, file), 'utf8').split('\n'))
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
const answers = {
  init: { transferID: 'ceiling', checksums: true, assetEncoding: 'base64' },
  getMetadata: JSON.parse(readFileSync(join(folder, 'metadata.json'), 'utf8')),
  getSchemas: Object.fromEntries(linesOf('schemas').map((schema) => [schema.uid, schema])),
  start: { ok: true },
  end: { ok: true },
};

const server = new WebSocketServer({ host: '127.0.0.1', port: 0, maxPayload: 2 ** 30 });
server.on('connection', (socket) => {
  // A frame of assets is not read: what it asks and its uuid stand at its ends.
  socket.on('message', (frame) => {
    const ends = `${frame.subarray(0, 200)}${frame.subarray(-200)}`;
    const asked = /"(?:command|action)":"(init|getMetadata|getSchemas|start|end)"/.exec(ends)?.[1];
    const uuid = /"uuid":"([^"]*)"/.exec(ends)?.[1];
    socket.send(JSON.stringify({ uuid, data: answers[asked] ?? null, error: null }));
  });
});
server.once('listening', () => process.send({ port: server.address().port }));
process.once('disconnect', () => process.exit());
