import { Damaged } from './damaged.js';

export interface TarBytes {
  /** Where it is known without reading them: then they can be read from anywhere at the same price. */
  readonly size: number | undefined;
  /** From `from` up to `to`, or to the end where `to` is infinite. Throws {@link Damaged} where they end before. */
  stream(from: number, to: number): AsyncIterable<Uint8Array>;
  close(): Promise<void>;
}

interface Pass {
  readonly chunks: AsyncIterator<Uint8Array>;
  at: number;
  rest: Uint8Array;
}

const nothing = new Uint8Array(0);

/** Requests in the order of the bytes share one pass; a request for earlier bytes begins another. */
export function createForwardBytes(begin: () => AsyncIterable<Uint8Array>): TarBytes {
  let idle: Pass | undefined;

  /** The waiting pass, if it has not read beyond `from`; else a new one. */
  function passTo(from: number): Pass {
    const pass = idle;
    if (pass === undefined || pass.at > from) {
      return { chunks: begin()[Symbol.asyncIterator](), at: 0, rest: nothing };
    }
    idle = undefined;
    return pass;
  }

  async function keep(pass: Pass): Promise<void> {
    const other = idle;
    idle = pass;
    await other?.chunks.return?.();
  }

  return {
    size: undefined,
    async *stream(from, to) {
      const pass = passTo(from);
      let isRead = false;
      try {
        while (pass.at < to) {
          if (pass.rest.length === 0) {
            const next = await pass.chunks.next();
            if (next.done === true) {
              if (to !== Number.POSITIVE_INFINITY) throw new Damaged('it is cut off');
              return;
            }
            pass.rest = next.value;
          }
          const isBefore = pass.at < from;
          const part = pass.rest.subarray(0, (isBefore ? from : to) - pass.at);
          pass.rest = pass.rest.subarray(part.length);
          pass.at += part.length;
          if (!isBefore) yield part;
        }
        isRead = true;
      } finally {
        await (isRead ? keep(pass) : pass.chunks.return?.());
      }
    },
    async close() {
      const pass = idle;
      idle = undefined;
      await pass?.chunks.return?.();
    },
  };
}
