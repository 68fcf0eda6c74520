// POST /transfers begins one, GET /transfers/:id/events tells how far it is, DELETE /transfers/:id aborts it. For this
// example, POST /transfers/:id/cut cuts its connection, as a network would that fails.
import { randomUUID } from 'node:crypto';

/** A state as text: `{ transferring: 'links' }` is `transferring.links`. */
const stateText = (value) =>
  typeof value === 'string'
    ? value
    : Object.entries(value)
        .map(([key, inner]) => `${key}.${stateText(inner)}`)
        .join(' + ');

/**
 * Routes for transfers that `begin()` begins.
 * @returns a handler that says whether a request was for it
 */
export function createTransferRoutes(begin) {
  const transfers = new Map();

  function start(response) {
    const id = randomUUID();
    const transfer = begin();
    const totals = {};
    transfer.actor.on('stage.moved', (moved) => {
      totals[moved.step] = moved.totals;
    });
    transfers.set(id, { ...transfer, totals });
    response.writeHead(202, { 'Content-Type': 'application/json' }).end(JSON.stringify({ id }));
  }

  /** Server-sent events: `progress` at every change, then `completed` or `failed`. A late client gets the last one too. */
  function follow(transfer, response) {
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
    const tell = (event, data) => response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
    const progress = () => {
      const { value, context } = transfer.actor.getSnapshot();
      tell('progress', { state: stateText(value), counts: context.counts, totals: transfer.totals });
    };
    progress();
    const moving = transfer.actor.subscribe(progress);
    response.on('close', () => moving.unsubscribe());
    transfer.done
      .then(() => tell('completed', {}))
      .catch(({ code, message }) => tell('failed', { code, message }))
      .finally(() => response.end());
  }

  return function handle(request, response) {
    const [, collection, id, events] = request.url.split('/');
    if (collection !== 'transfers') return false;
    const known = transfers.get(id);
    const asked = `${request.method} ${events ?? ''}`;
    // A page of another site, open in the same browser, must not begin or abort a transfer.
    if (!['same-origin', undefined].includes(request.headers['sec-fetch-site']))
      response.writeHead(403).end();
    else if (asked === 'POST ' && id === undefined) start(response);
    else if (known === undefined) response.writeHead(404).end();
    else if (asked === 'GET events') follow(known, response);
    else if (asked === 'POST cut') {
      known.actor.send({ type: 'connection.cut' });
      response.writeHead(204).end();
    } else if (asked === 'DELETE ') {
      known.abort('the user');
      response.writeHead(204).end();
    } else response.writeHead(405).end();
    return true;
  };
}
