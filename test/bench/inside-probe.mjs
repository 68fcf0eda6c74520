// What the benchmark does in the process of the Strapi that is measured, beside its transfers.

let probing = null;

/** Changes no row, and waits for the lock that a change of one needs. */
const write = (app) => app.db.connection('authors').where({ id: -1 }).update({ name: 'nobody' });

/** Writes again and again, and keeps the longest that one took. */
export function startWriting(app) {
  const state = { longest: 0, isOver: false };
  const run = async () => {
    while (!state.isOver) {
      const started = performance.now();
      await write(app);
      state.longest = Math.max(state.longest, performance.now() - started);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };
  probing = { state, done: run() };
}

/** Answers the longest, in milliseconds. */
export async function stopWriting() {
  const { state, done } = probing;
  state.isOver = true;
  await done;
  return state.longest;
}
