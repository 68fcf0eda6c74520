/** A copy in which one bit of one byte is another. @param place Where: 0 is the first byte, 1 the last. */
export function corrupted(bytes: Uint8Array, place: number): Buffer {
  const copy = Buffer.from(bytes);
  const at = Math.min(copy.length - 1, Math.floor(place * copy.length));
  const bit = Math.floor(place * copy.length * 8) % 8;
  copy[at] = (copy[at] ?? 0) ^ (1 << bit);
  return copy;
}
