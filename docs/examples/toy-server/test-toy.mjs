import { report, testServer } from 'strapi-ferry/testing';
import { WebSocket } from 'ws';
import { server } from './toy-server.mjs';

const suite = testServer({
  connect: ({ direction }) => new WebSocket(`ws://127.0.0.1:${server.address().port}/${direction}`),
  directions: ['push'],
});
const { text, failed } = await report(suite);
console.log(text);
server.close();
process.exitCode = failed.length === 0 ? 0 : 1;
