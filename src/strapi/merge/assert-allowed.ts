import type { Changeset } from '../../merge/changeset.js';
import { TransferError } from '../../protocol/errors.js';
import { isProtectedType } from '../../protocol/protected-types.js';
import { modelOf } from '../database/names.js';
import type { Strapi } from '../strapi.js';

/**
 * A changeset comes from a client: it may name nothing that a push may not bring.
 * @throws TransferError PROTECTED_TYPE, UNKNOWN_TYPE
 */
export function assertAllowed(strapi: Strapi, { drops, expects, unlinks, inbound }: Changeset): void {
  for (const { type } of [...drops, ...expects, ...inbound]) {
    refuseProtected(type, 'the changeset');
    if (!Object.hasOwn(strapi.contentTypes, type)) throw unknown(type);
  }
  for (const { left, right } of unlinks)
    for (const { type } of [left, right]) {
      refuseProtected(type, 'the unlinks of the changeset');
      if (modelOf(strapi.db, type) === undefined) throw unknown(type);
    }
}

const unknown = (type: string) => new TransferError('UNKNOWN_TYPE', { type, place: 'the changeset' });

function refuseProtected(type: string, place: string): void {
  if (isProtectedType(type)) throw new TransferError('PROTECTED_TYPE', { type, place });
}
