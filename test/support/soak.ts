import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { settled } from './test-clock.js';

/** `npm run test:server-soak`: the same tests at the size that the claims name, which takes minutes. */
export const isSoak = process.env['FERRY_SOAK'] !== undefined;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Bytes that are in use once what is not has been collected. */
export async function heapInUse(): Promise<number> {
  for (let round = 0; round < 3; round += 1) {
    await settled();
    collect();
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
