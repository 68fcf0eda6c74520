import type { Asset, Configuration } from '../../protocol/content.js';
import { isObject } from '../../protocol/plain-object.js';

/** The setting that holds the logos of the panel. A push brings their bytes within the setting, as base64. */
export const logoSetting = 'core_admin_project-settings';
const bytesField = '__transferBuffer';
export const logoFields = ['menuLogo', 'authLogo'] as const;

/** What Strapi keeps of a logo. */
const kept = ['name', 'hash', 'url', 'width', 'height', 'ext', 'size', 'provider'] as const;

/** Takes the logos out of the setting, each as a file of the uploads. Other settings stay as they are. */
export async function takeLogos(
  row: Configuration,
  provider: string,
  keep: (logo: Asset) => Promise<void>,
): Promise<Configuration> {
  const { key, value: settings } = row.value;
  if (key !== logoSetting || !isObject(settings)) return row;
  const taken: Record<string, unknown> = { ...settings };
  for (const field of logoFields) {
    const logo = settings[field];
    if (!isObject(logo) || typeof logo[bytesField] !== 'string') continue;
    const { hash, ext } = logo;
    const own = Object.fromEntries(kept.filter((name) => name in logo).map((name) => [name, logo[name]]));
    taken[field] = own;
    // Without its name there is no place for its bytes.
    if (typeof hash !== 'string' || hash === '') continue;
    const bytes = Buffer.from(logo[bytesField], 'base64');
    const filename = `${hash}${typeof ext === 'string' ? ext : ''}`;
    taken[field] = { ...own, url: `/uploads/${filename}`, provider };
    await keep({
      ...{ filename, size: bytes.length, metadata: own },
      async *stream() {
        yield bytes;
      },
    });
  }
  return { ...row, value: { ...row.value, value: taken } };
}
