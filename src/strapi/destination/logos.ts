import type { Asset, Configuration } from '../../protocol/content.js';
import { isObject } from '../../protocol/plain-object.js';
import { fileNameOf } from './held-file.js';

type Fields = Readonly<Record<string, unknown>>;

/** The setting that holds the logos of the panel. A push brings their bytes within the setting, as base64. */
export const logoSetting = 'core_admin_project-settings';
const bytesField = '__transferBuffer';
export const logoFields = ['menuLogo', 'authLogo'] as const;

/** What Strapi keeps of a logo. */
const kept = ['name', 'hash', 'url', 'width', 'height', 'ext', 'size', 'provider'] as const;

const keptOf = (logo: Fields): Fields =>
  Object.fromEntries(kept.flatMap((name) => (name in logo ? [[name, logo[name]]] : [])));

/** Takes the logos out of the setting, each as a file of the uploads. Other settings stay as they are. */
export async function takeLogos(
  row: Configuration,
  keep: (logo: Asset) => Promise<void>,
): Promise<Configuration> {
  const logos: Asset[] = [];
  const taken = changedLogos(row, (logo) => {
    const text = logo[bytesField];
    if (typeof text !== 'string') return logo;
    const own = keptOf(logo);
    // Without its name there is no place for its bytes.
    if (typeof logo['hash'] !== 'string' || logo['hash'] === '') return own;
    const bytes = Buffer.from(text, 'base64');
    logos.push({
      ...{ filename: fileNameOf(own), size: bytes.length, metadata: own },
      async *stream() {
        yield bytes;
      },
    });
    return own;
  });
  for (const logo of logos) await keep(logo);
  return taken;
}

/** The setting with other logos, of which it holds what Strapi keeps of one. Other settings stay as they are. */
export function changedLogos(row: Configuration, change: (logo: Fields) => Fields): Configuration {
  const { key, value: settings } = row.value;
  if (key !== logoSetting || !isObject(settings)) return row;
  const logos = logoFields.flatMap((field) => {
    const logo = settings[field];
    if (!isObject(logo)) return [];
    const changed = change(logo);
    return [[field, changed === logo ? logo : keptOf(changed)]];
  });
  return { ...row, value: { ...row.value, value: { ...settings, ...Object.fromEntries(logos) } } };
}

const imageTypes: Readonly<Record<string, string>> = {
  '.gif': 'image/gif',
  '.ico': 'image/x-icon',
  '.jpeg': 'image/jpeg',
  '.jpg': 'image/jpeg',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.webp': 'image/webp',
};

/** Strapi keeps no media type of a logo, and a browser shows no image that has none. */
export const logoTypeOf = (ext: string): string | undefined => imageTypes[ext.toLowerCase()];
