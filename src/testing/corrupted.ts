/** A copy with one bit flipped. @param place The byte with the bit: 0 is the first, 1 the last. */
export function corrupted(bytes: Uint8Array, place: number): Buffer {
  const copy = Buffer.from(bytes);
  const at = Math.min(copy.length - 1, Math.floor(place * copy.length));
  const bit = Math.floor(place * copy.length * 8) % 8;
  copy[at] = (copy[at] ?? 0) ^ (1 << bit);
  return copy;
}
