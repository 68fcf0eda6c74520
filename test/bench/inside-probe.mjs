// What the benchmark does in the process of the Strapi that is measured, beside its transfers.

let probing = null;

/** Changes no row, and waits for the lock that a change of one needs. */
const write = (app) => app.db.connection('authors').where({ id: -1 }).update({ name: 'nobody' });

/** Writes again and again, and keeps the longest that one took, and the longest that a transaction was open. */
export function startProbe(app) {
  const state = { write: 0, transaction: 0, isOver: false };
  const unwatch = watchTransactions(app.db.connection.client, (took) => {
    state.transaction = Math.max(state.transaction, took);
  });
  const run = async () => {
    while (!state.isOver) {
      const started = performance.now();
      await write(app);
      state.write = Math.max(state.write, performance.now() - started);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    unwatch();
  };
  probing = { state, done: run() };
}

/** Answers both, in milliseconds. */
export async function stopProbe() {
  const { state, done } = probing;
  state.isOver = true;
  await done;
  return { write: state.write, transaction: state.transaction };
}

/** Tells how long each was open, from its BEGIN to the answer to its COMMIT. Knex tells its listeners of no such answer. */
function watchTransactions(client, took) {
  const { prototype } = client.constructor;
  const own = Object.getOwnPropertyDescriptor(prototype, 'query');
  const query = prototype.query;
  const began = new WeakMap();
  prototype.query = async function (connection, asked) {
    const sql = String(asked?.sql ?? asked);
    if (/^BEGIN/i.test(sql)) began.set(connection, performance.now());
    const answer = await query.call(this, connection, asked);
    if (/^COMMIT/i.test(sql)) took(performance.now() - (began.get(connection) ?? performance.now()));
    return answer;
  };
  return () => {
    if (own === undefined) delete prototype.query;
    else Object.defineProperty(prototype, 'query', own);
  };
}
