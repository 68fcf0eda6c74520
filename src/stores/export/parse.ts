import { TransferError } from '../../protocol/errors.js';
import { OverLimit, parseJson } from '../../protocol/json.js';
import type { Limits } from '../../protocol/limits.js';
import { isObject } from '../../protocol/plain-object.js';

/** `place` names the file in errors. @throws TransferError CONTENT_LIMIT where it is longer than `heldBytes` */
export async function readHeld(
  chunks: AsyncIterable<Uint8Array>,
  place: string,
  { heldBytes }: Limits,
): Promise<Uint8Array> {
  const held: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    length += chunk.length;
    if (length > heldBytes)
      throw contentLimit(place, new OverLimit('it is too long', 'heldBytes', heldBytes));
    held.push(chunk);
  }
  return Buffer.concat(held);
}

/** The object, or what is wrong: 'it is no JSON', 'it holds no object'. @throws TransferError CONTENT_LIMIT */
export function parseObject(
  bytes: Uint8Array,
  place: string,
  limits: Limits,
): Readonly<Record<string, unknown>> | string {
  let value: unknown;
  try {
    value = parseJson(bytes, limits);
  } catch (error) {
    if (error instanceof OverLimit) throw contentLimit(place, error);
    // The parser's own message would quote the text.
    return 'it is no JSON';
  }
  return isObject(value) ? value : 'it holds no object';
}

export const contentLimit = (place: string, { details }: OverLimit): TransferError =>
  new TransferError('CONTENT_LIMIT', { place, ...details });
