import { nanoid } from 'nanoid';

/** Names of things. A seeded implementation makes a whole transfer repeatable. */
export interface Ids {
  /** RFC 4122 uuid, one for each request: peers expect that form. */
  uuid(): string;
  /** Short and URL-safe, for what is ours alone: sessions, versions of a store. */
  id(): string;
}

export const realIds: Ids = {
  uuid: () => crypto.randomUUID(),
  id: () => nanoid(12),
};
