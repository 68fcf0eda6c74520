import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

export interface Proven {
  /** The side that proves itself. A proof of one side is not valid for the other, so it cannot be sent back. */
  readonly by: 'reporter' | 'inspector';
  readonly reporterNonce: string;
  readonly inspectorNonce: string;
  /**
   * Address and port of the inspector's end of this connection, as each side sees it. An attacker who holds one port
   * and forwards everything to the inspector at another one cannot reuse the proof.
   */
  readonly place: string;
}

export const newNonce = () => randomBytes(32).toString('hex');

export const isNonce = (value: unknown): value is string =>
  typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);

export function proofOf(secret: string, { by, reporterNonce, inspectorNonce, place }: Proven): string {
  const proven = JSON.stringify(['strapi-ferry inspector 1', by, reporterNonce, inspectorNonce, place]);
  return createHmac('sha256', secret).update(proven).digest('hex');
}

export function isSame(given: unknown, expected: string): boolean {
  const [left, right] = [Buffer.from(String(given)), Buffer.from(expected)];
  return left.length === right.length && timingSafeEqual(left, right);
}

export const placeOf = (address: string | undefined, port: number | undefined) =>
  JSON.stringify([address, port]);
