import type { Strapi } from '../strapi.js';

/** What a role of the admin panel can be given (Settings, Roles, Settings, Ferry). */
export const permissions = {
  read: 'plugin::ferry.read',
  stop: 'plugin::ferry.stop',
} as const;

interface PermissionService {
  readonly actionProvider: { registerMany(actions: readonly object[]): Promise<void> };
}

/** Strapi forgets them, and the rows of roles that have them, at its first start without the plugin. */
export async function registerPermissions(strapi: Strapi): Promise<void> {
  const { actionProvider } = strapi.service('admin::permission') as PermissionService;
  const action = (uid: string, displayName: string) => ({
    ...{ section: 'settings', category: 'ferry', subCategory: 'transfers' },
    ...{ pluginName: 'ferry', uid, displayName },
  });
  await actionProvider.registerMany([action('read', 'See transfers'), action('stop', 'Stop transfers')]);
}
