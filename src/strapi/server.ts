import { messageOf } from '../protocol/errors.js';
import type { Endpoint } from './plugin/endpoint.js';
import { createLog } from './plugin/log.js';
import type { CheckedOptions, FerryPluginOptions } from './plugin/options.js';
import { closeOwnRoute } from './plugin/own-route.js';
import { adminRoutes } from './plugin/routes.js';
import { declaredIn } from './plugin/switched-on.js';
import type { Strapi } from './strapi.js';

export type { FerryPluginOptions };

/** What Strapi calls of a plugin. */
export interface FerryPlugin {
  register(about: { readonly strapi: object }): Promise<void>;
  bootstrap(about: { readonly strapi: object }): Promise<void>;
  destroy(): Promise<void>;
  readonly routes: Readonly<
    Record<string, () => { readonly type: 'admin'; readonly routes: readonly object[] }>
  >;
}

/**
 * The plugin `ferry`, as Strapi loads it: once for each Strapi of a process. Nothing of it is there unless `config/plugins`
 * says `ferry: {enabled: true}`: Strapi switches on by itself every dependency that is a plugin.
 *
 * @param about - `env` is Strapi's helper for variables of the environment
 */
function ferryPlugin({ env }: { readonly env: unknown }): FerryPlugin {
  /** Null: off. */
  let options: CheckedOptions | null = null;
  let endpoint: Endpoint | null = null;
  let stopWaiting = (): void => {};

  return {
    async register({ strapi: given }) {
      const strapi = given as Strapi;
      const log = createLog(strapi);
      const declared = declaredIn(strapi, env);
      if (declared === 'unsaid')
        log.warn('config/plugins has ferry without enabled: true, so the plugin stays off');
      if (declared !== 'on') return;
      // Load nothing of a server where the plugin is off.
      const { checkPluginOptions } = await import('./plugin/options.js');
      try {
        options = checkPluginOptions(strapi.config.get('plugin::ferry'));
      } catch (error) {
        log.error(`${messageOf(error)} The plugin stays off: mend config/plugins, ferry.config.`);
      }
      if (options?.replaceBuiltIn === true) strapi.server.use(closeOwnRoute);
    },
    async bootstrap({ strapi: given }) {
      if (options === null) return;
      const strapi = given as Strapi;
      const { openEndpoint } = await import('./plugin/endpoint.js');
      const { registerPermissions } = await import('./plugin/permissions.js');
      // Strapi forgets the permissions that a start does not register, that of a command too.
      await registerPermissions(strapi);
      const checked = options;
      const { httpServer } = strapi.server;
      const open = () => {
        try {
          endpoint = openEndpoint(strapi, checked);
        } catch (error) {
          createLog(strapi).fault(error);
        }
      };
      // Commands such as `strapi export` load the plugin too, and never listen.
      httpServer.once('listening', open);
      stopWaiting = () => httpServer.off('listening', open);
    },
    async destroy() {
      stopWaiting();
      await endpoint?.close();
      endpoint = null;
    },
    routes: {
      admin: () => (options === null ? { type: 'admin', routes: [] } : adminRoutes(() => endpoint)),
    },
  };
}

// Strapi takes the default export alone.
export { ferryPlugin as default };
