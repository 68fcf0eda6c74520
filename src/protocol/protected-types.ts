/**
 * Types that are never transferred: their rows hold hashes of passwords and tokens, or mean nothing elsewhere. A
 * Strapi refuses a push with the first kind, and leaves out the second by convention; a pull delivers both, so the
 * receiving side drops them before any store, recording or log.
 */
const prefix = 'admin::';
const byConvention = ['plugin::content-releases.release', 'plugin::content-releases.release-action'];

/** The `admin::` types of Strapi 5, for a peer whose own list is not known when it must be told what to keep. */
const knownAdminTypes = [
  'admin::api-token',
  'admin::api-token-permission',
  'admin::audit-log',
  'admin::permission',
  'admin::role',
  'admin::session',
  'admin::transfer-token',
  'admin::transfer-token-permission',
  'admin::user',
  'admin::workflow',
  'admin::workflow-stage',
];

/** Whether rows of this type, and links to them, are never transferred. */
export function isProtectedType(type: string): boolean {
  return type.startsWith(prefix) || byConvention.includes(type);
}

/**
 * What a push must tell the server to keep: up to 5.53, Strapi deletes what it is not told to keep, users and roles
 * included.
 */
export function protectedTypes(known: readonly string[]): readonly string[] {
  return [...new Set([...knownAdminTypes, ...byConvention, ...known.filter(isProtectedType)])];
}
