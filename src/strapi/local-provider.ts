import type { Strapi } from './strapi.js';

/** The upload provider that keeps files in `public/uploads`, as Strapi resolves its name: short or as its package, in any case. */
const names: readonly string[] = ['local', '@strapi/provider-upload-local'];

export const isLocalProvider = (provider: unknown): boolean =>
  typeof provider === 'string' && names.includes(provider.toLowerCase());

/** Whether a file lies here: a row, a format or a logo that names no provider has the local one. */
export const liesHere = ({ provider }: { readonly provider?: unknown }): boolean =>
  provider === undefined || provider === null || isLocalProvider(provider);

/** The upload provider, by the name that the project gives it; files' rows have that name. */
export const uploadProvider = ({ config }: Strapi): string =>
  String(config.get<{ readonly provider?: unknown }>('plugin::upload', {}).provider);
