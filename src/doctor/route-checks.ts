import { TransferError } from '../protocol/errors.js';
import { refusalOfStatus } from '../transport/websocket.js';
import { type Check, ok, unchecked, warning } from './check.js';
import type { Scope } from './session.js';
import { tokenFault } from './token-fault.js';
import { askOf, type Visit } from './visit.js';

const scopes: readonly Scope[] = ['pull', 'push'];

/** A certificate, and the end of a token, are judged to the second; but few clocks go so well. */
const clockTolerance = 60_000;

/** From the server's port to an open WebSocket. */
export const routeChecks: readonly Check[] = [
  {
    name: 'route',
    needs: ['tls'],
    async look(visit) {
      const { url } = visit;
      const { status, headers } = await visit.knock(false);
      // Who comes without a token is refused by everything that takes transfers.
      const scheme = headers['www-authenticate'];
      if (status === 401 && scheme !== undefined) {
        const path = visit.adminUrl.pathname;
        throw new TransferError('PASSWORD_REQUIRED', { url, scheme: String(scheme), path });
      }
      if (status === 401) return ok('the server has the routes of transfers');
      if (status === 101) {
        const reason = 'it lets in who has no token';
        throw new TransferError('INVALID_MESSAGE', { url, reason });
      }
      const location = headers['location'];
      const where = { url, scope: 'pull', ...(location === undefined ? {} : { location: String(location) }) };
      const { code, details } = refusalOfStatus(status, where);
      // 403 is about the token's permissions, and there was no token.
      throw new TransferError(code === 'FORBIDDEN' ? 'UPGRADE_REFUSED' : code, details);
    },
  },
  {
    name: 'clock',
    needs: ['route'],
    async look(visit) {
      const date = (await visit.knock(false)).headers['date'] ?? (await plainDate(visit));
      const theirs = Date.parse(String(date ?? ''));
      if (Number.isNaN(theirs)) return unchecked('the server does not say its time');
      const ahead = visit.now() - theirs;
      // A Date header has no parts of seconds, and the answer was on its way for a while.
      if (Math.abs(ahead) < clockTolerance) return ok('this machine and the server have the same time');
      const way = ahead > 0 ? 'ahead of' : 'behind';
      return warning(
        `this machine is ${Math.round(Math.abs(ahead) / 1000)} s ${way} the server. A token expires by the server's clock, a certificate by this one: set the one that is wrong.`,
      );
    },
  },
  {
    name: 'salt',
    needs: ['route'],
    async look(visit) {
      if (visit.token === null || tokenFault(visit.token) !== null) {
        return unchecked('a server tells it only to who has a token');
      }
      const error = await visit.handshake('pull');
      if (isOfSalt(error)) throw error;
      return ok('the server can read tokens');
    },
  },
  {
    name: 'token',
    needs: ['route'],
    async look(visit) {
      const { url, token } = visit;
      if (token === null) {
        const variable = 'STRAPI_TRANSFER_TOKEN';
        throw new TransferError('MISSING_TOKEN', { url, flag: '--token', variable });
      }
      const reason = tokenFault(token);
      if (reason !== null)
        throw new TransferError('INVALID_OPTION', { option: '--token', value: 'this', reason });
      const error = await visit.handshake('pull');
      if (isOfSalt(error)) return unchecked('the server can read none');
      if (error?.code === 'TOO_MANY_ATTEMPTS') throw error;
      if (error?.code !== 'UNAUTHORIZED') return ok('the server knows it');
      // A Strapi says in the body which of the two it is.
      const { body } = await visit.knock(true);
      throw body.includes('Token expired') ? new TransferError('TOKEN_EXPIRED', { url }) : error;
    },
  },
  {
    name: 'upgrade',
    needs: ['token'],
    async look(visit) {
      const errors = await handshakes(visit);
      if (errors.includes(null)) return ok('the WebSocket opens');
      const error = errors.find((one) => one?.code !== 'FORBIDDEN');
      if (error == null) return unchecked('the token has no permission to come so far');
      throw error.code === 'NOT_FOUND' ? await notFoundWithToken(visit) : error;
    },
  },
  {
    name: 'scope',
    needs: ['token'],
    async look(visit) {
      const { url, wanted } = visit;
      const granted = await grantedScopes(visit);
      if (granted.length === 0 && !(await isForbidden(visit))) return unchecked('no WebSocket opens');
      const missing = wanted.filter((scope) => !granted.includes(scope));
      if (missing.length > 0)
        throw new TransferError('FORBIDDEN', { url, scope: missing.join(' and '), status: 403 });
      if (granted.length === 0)
        throw new TransferError('FORBIDDEN', { url, scope: 'pull or push', status: 403 });
      const [only] = granted;
      if (granted.length === 2) return ok('the token may pull and push');
      return ok(`the token may ${only}, and not ${only === 'pull' ? 'push' : 'pull'}`);
    },
  },
];

/** A Strapi without a salt fails as it hashes the token; others say what they lack. */
const isOfSalt = (error: TransferError | null) =>
  error?.code === 'NO_TOKEN_SALT' || error?.code === 'SERVER_FAILED';

/** For what the WebSocket opens. */
export async function grantedScopes(visit: Visit): Promise<readonly Scope[]> {
  const errors = await handshakes(visit);
  return scopes.filter((_, index) => errors[index] === null);
}

async function isForbidden(visit: Visit): Promise<boolean> {
  return (await handshakes(visit)).every((error) => error?.code === 'FORBIDDEN');
}

/** Of a pull and of a push; where the first fails for another reason than its scope, so would the second. */
async function handshakes(visit: Visit): Promise<readonly (TransferError | null)[]> {
  const pull = await visit.handshake('pull');
  if (pull !== null && pull.code !== 'FORBIDDEN') return [pull, pull];
  return [pull, await visit.handshake('push')];
}

/**
 * The route is there, the token is known, and still it is 404: a Strapi answers so where transfer is disabled, and
 * where the Upgrade header did not reach it. Nothing in the answer tells the two apart; a proxy on the way may.
 */
async function notFoundWithToken(visit: Visit): Promise<TransferError> {
  const { url } = visit;
  const { headers } = await visit.knock(false);
  const proxy = headers['via'] ?? headers['server'];
  if (proxy === undefined) return new TransferError('TRANSFER_DISABLED', { url, status: 404 });
  const also =
    ' A Strapi answers so, too, where server.transfer.remote.enabled is false in its config/server; where it is the proxy, its log says "Transfer Upgrade header expected \'websocket\'".';
  return new TransferError('UPGRADE_NOT_FORWARDED', { url, status: 404, proxy: String(proxy), also });
}

/** Not every refused upgrade has a date. Where a plain question has no answer either, that is no fault of a clock. */
async function plainDate(visit: Visit) {
  try {
    return (await askOf(visit, (signal) => visit.network.request(visit.adminUrl, {}, signal))).headers[
      'date'
    ];
  } catch {
    return undefined;
  }
}
