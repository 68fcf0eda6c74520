import { Damaged } from './damaged.js';

const block = 512;
/** Where a header holds its checksum, which the parser leaves out when it looks whether a block is one of zeros. */
const checksum = { from: 148, to: 156 };

export interface TarEnds {
  add(chunk: Uint8Array): void;
  /** Throws {@link Damaged} where the tar has ended before `to`: Strapi's reader, as tar itself, reads no further. */
  entry(from: number, to: number): void;
}

export function createTarEnds(start: number): TarEnds {
  /** What may be needed yet, in order. */
  let chunks: { readonly at: number; readonly bytes: Uint8Array }[] = [];
  let length = start;
  let end = start;

  const forget = () => {
    chunks = chunks.filter(({ at, bytes }) => at + bytes.length > end);
  };

  /** A header, and what belongs to it: seldom more than a few blocks. */
  function upTo(to: number): Uint8Array {
    return Buffer.concat(
      chunks.map(({ at, bytes }) => bytes.subarray(Math.max(end - at, 0), Math.max(to - at, 0))),
    );
  }

  return {
    add(chunk) {
      chunks.push({ at: length, bytes: chunk });
      length += chunk.length;
      forget();
    },
    entry(from, to) {
      const headers = upTo(from);
      for (let at = 0; at < headers.length; at += block) {
        if (isOfZeros(headers.subarray(at, at + block)))
          throw new Damaged('it goes on after its end, as where another archive was put behind it');
      }
      end = to;
      forget();
    },
  };
}

function isOfZeros(header: Uint8Array): boolean {
  return header.every((byte, at) => byte === 0 || (at >= checksum.from && at < checksum.to));
}
