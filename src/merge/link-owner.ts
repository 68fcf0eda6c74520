import { fileType } from '../protocol/clearing.js';
import type { Link, LinkEnd } from '../protocol/content.js';

/** A link, seen from the row whose field a person edits to change it. */
export interface OwnedLink {
  readonly owner: LinkEnd;
  readonly target: LinkEnd;
  /** Which side the owner is. */
  readonly side: 'left' | 'right';
}

/** The links of one kind that lead to one row: of one relation and one field. */
export const inverseKey = (
  relation: string,
  { type, field }: LinkEnd,
  target: Pick<LinkEnd, 'type' | 'ref'>,
) => JSON.stringify([relation, type, field ?? '', target.type, target.ref]);

/**
 * Whether the target can be held once: a document that comes takes it from the one that has it. A Strapi sees to that only where the
 * target has a field for the relation, too.
 */
export const isExclusive = ({ relation }: Pick<Link, 'relation'>, target: LinkEnd) =>
  (relation === 'oneToOne' || relation === 'oneToMany') && target.field != null;

/** A file is shown by rows that have a field for it, which Strapi writes as the file's `related`. */
export function ownedLink({ kind, left, right }: Pick<Link, 'kind' | 'left' | 'right'>): OwnedLink {
  const isShown = kind === 'relation.morph' && left.type === fileType && right.type !== fileType;
  return isShown
    ? { owner: right, target: left, side: 'right' }
    : { owner: left, target: right, side: 'left' };
}
