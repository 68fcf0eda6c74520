import { isObject } from '../../protocol/plain-object.js';
import type { Draft } from './drafts.js';
import { FileGone, type FileReading } from './file-reading.js';

const key = 'core_admin_project-settings';

/** The panel's logos are no files of the media library: a Strapi sends their bytes within its settings. */
export async function withLogos(setting: Draft, files: FileReading): Promise<Draft> {
  const { value } = setting;
  if (setting['key'] !== key || !isObject(value)) return setting;
  const logos = {
    menuLogo: await withBytes(value['menuLogo'], files),
    authLogo: await withBytes(value['authLogo'], files),
  };
  return { ...setting, value: { ...value, ...logos } };
}

async function withBytes(logo: unknown, files: FileReading): Promise<unknown> {
  if (!isObject(logo) || !logo['url']) return logo;
  const bytes = await bytesOf(logo, files);
  return bytes === undefined ? logo : { ...logo, __transferBuffer: bytes.toString('base64') };
}

/** A logo that is gone comes without its bytes, as of a Strapi. */
async function bytesOf(logo: Readonly<Record<string, unknown>>, files: FileReading) {
  try {
    const file = await files.open(logo);
    const chunks: Uint8Array[] = [];
    for await (const chunk of file.stream()) chunks.push(chunk);
    return Buffer.concat(chunks);
  } catch (error) {
    if (error instanceof FileGone) return undefined;
    throw error;
  }
}
