/** Strapi's own models that a push writes, and that are no content types. */
export const coreStore = 'strapi::core-store';
export const webhook = 'strapi::webhook';
