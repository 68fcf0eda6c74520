import { reasonOf } from '../../stores/store-error.js';
import { tell } from '../one-line.js';
import type { Strapi } from '../strapi.js';
import { isLocalProvider, liesWith, uploadProvider } from '../upload-provider.js';
import type { FilePlan } from './file-plan.js';
import { namedFiles } from './going-files.js';
import { fileNameOf, type HeldFile } from './held-file.js';
import type { UploadsPlace } from './place.js';
import { Hanging, patiently, providerOf } from './provider-calls.js';
import { eachUnnamed } from './unnamed-files.js';

/** After so many failures, or one call that hangs, the provider is not asked for the rest: it is down. */
const mostFailures = 50;
/** How many files a notice names, and a line of the log. */
const mostNames = 5;
const mostInLine = 100;

/**
 * Deletes files that the upload provider holds, but for those that rows name. What cannot be deleted is named, and not tried again:
 * a provider may be asked for a file that it never had.
 * @param signal - where it is aborted this throws its reason, and the rest is left to the next call
 * @returns what to know of it, a sentence each
 */
export async function deleteHeld(
  strapi: Strapi,
  place: UploadsPlace,
  { id }: FilePlan,
  files: readonly HeldFile[],
  signal?: AbortSignal,
): Promise<readonly string[]> {
  if (files.length === 0) return [];
  const provider = uploadProvider(strapi);
  // The project may have changed its provider after a kill.
  if (isLocalProvider(provider) || files.some((file) => !liesWith(provider, file))) {
    const names = tellNames(strapi, files);
    return [`${names} can no longer be deleted: this Strapi has the upload provider ${provider} now`];
  }
  const named = await namedFiles({ strapi, transaction: strapi.db.connection }, provider);
  const removal = { strapi, place, id, provider, named };
  const left: HeldFile[] = [];
  let reason = '';
  let isDown = false;
  const deleting = eachUnnamed(removal, files, fileNameOf, async (file) => {
    signal?.throwIfAborted();
    if (isDown) return void left.push(file);
    try {
      await patiently(place.ports.clock, async () => providerOf(strapi).delete({ ...file }));
    } catch (error) {
      left.push(file);
      reason = reasonOf(error);
      isDown ||= error instanceof Hanging || left.length >= mostFailures;
    }
  });
  await unlessAborted(signal, deleting);
  if (left.length === 0) return [];
  // For the log alone: a provider may say anything, of its account too.
  tell(strapi, `the upload provider ${provider} did not delete files: ${reason}`);
  const names = tellNames(strapi, left);
  return [`the upload provider ${provider} could not delete ${names}: delete them there`];
}

/** Once the signal is aborted, this throws its reason, and the work is left to itself. */
async function unlessAborted(signal: AbortSignal | undefined, work: Promise<void>): Promise<void> {
  if (signal === undefined) return work;
  let abort = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason);
  });
  signal.addEventListener('abort', abort, { once: true });
  try {
    await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** The log has all names, since Ferry forgets them. @returns the first of them, for a notice */
function tellNames(strapi: Strapi, files: readonly HeldFile[]): string {
  const names = files.map(fileNameOf);
  const first = names.slice(0, mostNames).join(', ');
  if (names.length <= mostNames) return first;
  for (let start = 0; start < names.length; start += mostInLine)
    tell(strapi, `not deleted: ${names.slice(start, start + mostInLine).join(', ')}`);
  return `${first} and ${names.length - mostNames} other files`;
}
