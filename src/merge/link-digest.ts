import { createHash } from 'node:crypto';
import type { Link } from '../protocol/content.js';

/** A link as a text, the same for the same link. */
export function linkText({ kind, relation, left, right }: Link): string {
  const end = ({ type, ref, field, pos }: Link['left']) => [type, ref, field ?? null, pos ?? null];
  return JSON.stringify([kind, relation, end(left), end(right)]);
}

/** The digest of the links that a row owns, with those of its components; their order of storage does not count. */
export function linksDigest(texts: readonly string[]): string {
  if (texts.length === 0) return '';
  return createHash('sha256')
    .update([...texts].sort().join('\n'))
    .digest('base64url')
    .slice(0, 22);
}
