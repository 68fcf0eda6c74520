import type { Strapi } from './strapi.js';

/** What people wrote (the name of a token), and what a database says, for a log that has one entry a line. */
export const oneLine = (text: string): string => text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ');

/** A warning in Strapi's log. */
export const tell = ({ log }: Pick<Strapi, 'log'>, text: string): void =>
  log.warn(oneLine(`[Ferry] ${text}`));
