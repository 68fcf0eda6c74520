export interface Sha256 {
  update(bytes: Uint8Array): unknown;
  digest(encoding: 'hex'): string;
}

/**
 * Asked for instead of imported: a bundler for browsers fails at `node:crypto`, and a browser's own sha256 takes
 * only what is in memory as a whole.
 */
const nodeCrypto = globalThis.process?.getBuiltinModule?.('node:crypto');

/** Whether this runtime can check assets as they come: Node can, a browser cannot. */
export const hasSha256 = nodeCrypto !== undefined;

/** @throws Error where `hasSha256` is false */
export function createSha256(): Sha256 {
  if (nodeCrypto === undefined) throw new Error('this runtime has no sha256 that is fed as the bytes come');
  return nodeCrypto.createHash('sha256');
}
