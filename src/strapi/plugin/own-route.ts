import type { RequestContext } from '../strapi.js';

/** Strapi's router takes either case of a letter. */
const ownRoute = /^\/admin\/transfer\/runner\/(?:push|pull)\/?$/i;

/**
 * Middleware that keeps every upgrade from Strapi's own endpoint. Most of them go to Ferry before Strapi sees them; Strapi takes
 * others for an upgrade too: `/Admin/…`, an address in the place of a path, a request without `Connection: Upgrade`.
 */
export async function closeOwnRoute(request: RequestContext, next: () => Promise<unknown>): Promise<void> {
  const isUpgrade = /websocket/i.test(String(request.headers['upgrade'] ?? ''));
  if (isUpgrade && ownRoute.test(request.path)) request.status = 404;
  else await next();
}
