import { type Pin, released } from './pin.js';

/**
 * Makes pins of which those that are asked for while one is being made share it: it is let go with the last of them. The
 * database cannot change while SQLite's only connection copies it, so each has it as it stood when it was asked for.
 */
export function sharing(make: () => Promise<Pin>): () => Promise<Pin> {
  let making: Promise<SharedPin> | undefined;
  return async () => {
    making ??= share(make()).finally(() => {
      making = undefined;
    });
    return (await making).join();
  };
}

interface SharedPin {
  join(): Pin;
}

async function share(making: Promise<Pin>): Promise<SharedPin> {
  const pin = await making;
  let users = 0;
  return {
    join() {
      let isReleased = false;
      users += 1;
      return {
        async rows(query) {
          if (isReleased) throw released();
          return pin.rows(query);
        },
        async release() {
          if (isReleased) return;
          isReleased = true;
          users -= 1;
          if (users === 0) await pin.release();
        },
      };
    },
  };
}
