import { isObject } from '../../protocol/plain-object.js';
import type { Endpoint } from './endpoint.js';
import { permissions } from './permissions.js';

/** What the routes use of Koa's context. */
interface RouteContext {
  readonly params: Readonly<Record<string, string | undefined>>;
  readonly state: Readonly<Record<string, unknown>>;
  body: unknown;
  status: number;
  notFound(message: string): void;
}

/** A router of Strapi's, for its admin's users. */
export interface AdminRouter {
  readonly type: 'admin';
  readonly routes: readonly object[];
}

/** Asked by the page in the panel; only with the plugin on is there any. */
export function adminRoutes(endpoint: () => Endpoint | null): AdminRouter {
  const allowed = (...actions: readonly string[]) => ({
    policies: ['admin::isAuthenticatedAdmin', { name: 'admin::hasPermissions', config: { actions } }],
  });
  return {
    type: 'admin',
    routes: [
      {
        method: 'GET',
        path: '/transfers',
        config: allowed(permissions.read),
        handler(context: RouteContext) {
          const open = endpoint();
          context.body = {
            data: open?.transfers() ?? [],
            meta: { inspector: open?.inspector ?? null, now: Date.now() },
          };
        },
      },
      {
        method: 'POST',
        path: '/transfers/:id/stop',
        config: allowed(permissions.read, permissions.stop),
        handler(context: RouteContext) {
          const { id = '' } = context.params;
          if (endpoint()?.stop(id, nameOf(context.state['user'])) === true) context.body = { data: { id } };
          else context.notFound('No such transfer runs in this process, or its commit has begun');
        },
      },
    ],
  };
}

/** The admin's user as the panel greets them: a name, and no address of e-mail. */
function nameOf(user: unknown): string {
  if (!isObject(user)) return 'an administrator';
  const { username, firstname, lastname } = user;
  const said = [firstname, lastname].filter((part) => typeof part === 'string' && part !== '').join(' ');
  return said || (typeof username === 'string' && username !== '' ? username : 'an administrator');
}
