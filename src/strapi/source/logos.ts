import { TransferError } from '../../protocol/errors.js';
import { isObject } from '../../protocol/plain-object.js';
import type { Draft } from './drafts.js';
import { FileGone, type FileReading, type FileRow } from './file-reading.js';

const key = 'core_admin_project-settings';

export interface LogoReading {
  readonly files: FileReading;
  /** The value of the setting as it is now, and not as the pull reads it. */
  readonly now: () => Promise<unknown>;
  /** For people: what is read. */
  readonly name: string;
}

/**
 * The panel's logos are no files of the media library: a Strapi sends their bytes within its settings.
 * @throws TransferError SOURCE_CHANGED where a push, or an administrator, removed one while this reads
 */
export async function withLogos(setting: Draft, reading: LogoReading): Promise<Draft> {
  const { value } = setting;
  if (setting['key'] !== key || !isObject(value)) return setting;
  const logos = {
    menuLogo: await withBytes(value, 'menuLogo', reading),
    authLogo: await withBytes(value, 'authLogo', reading),
  };
  return { ...setting, value: { ...value, ...logos } };
}

async function withBytes(settings: Draft, field: string, reading: LogoReading): Promise<unknown> {
  const logo = settings[field];
  if (!isObject(logo) || !logo['url']) return logo;
  const bytes = await bytesOf(logo, reading.files).catch(async (error) => {
    await assertStillNamed(logo, field, reading);
    // A logo that is gone comes without its bytes, as of a Strapi.
    if (error instanceof FileGone) return undefined;
    throw error;
  });
  return bytes === undefined ? logo : { ...logo, __transferBuffer: bytes.toString('base64') };
}

async function bytesOf(logo: FileRow, files: FileReading): Promise<Buffer> {
  const file = await files.open(logo);
  const chunks: Uint8Array[] = [];
  for await (const chunk of file.stream()) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** A push commits its settings before it removes the logos of others. */
async function assertStillNamed(logo: FileRow, field: string, reading: LogoReading): Promise<void> {
  const { name } = reading;
  const now = await reading.now();
  if (!isObject(now) || JSON.stringify(now[field]) !== JSON.stringify(logo))
    throw new TransferError('SOURCE_CHANGED', { path: name, filename: String(logo['url']) });
}
