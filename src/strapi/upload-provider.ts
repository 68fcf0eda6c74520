import type { Strapi } from './strapi.js';

/** Of the provider that keeps files in `public/uploads`. */
export const localProvider = 'local';

const packages = '@strapi/provider-upload-';

/** As Strapi resolves the name of an upload provider: short or as its package, in any case. Strapi's rows without one have the local one. */
function shortNameOf(provider: unknown): string {
  if (provider === undefined || provider === null) return localProvider;
  const name = String(provider).toLowerCase();
  return name.startsWith(packages) ? name.slice(packages.length) : name;
}

export const isLocalProvider = (provider: unknown): boolean => shortNameOf(provider) === localProvider;

/** Whether a row, a format or a logo says that its file lies with this provider. */
export const liesWith = (provider: unknown, { provider: named }: { readonly provider?: unknown }): boolean =>
  shortNameOf(named) === shortNameOf(provider);

/** The upload provider, by the name that the project gives it; files' rows have that name. */
export const uploadProvider = ({ config }: Strapi): string =>
  String(config.get<{ readonly provider?: unknown }>('plugin::upload', {}).provider ?? localProvider);
