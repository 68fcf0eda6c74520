import { alsoSaying, TransferError } from '../protocol/errors.js';
import { checkToken, tokenFault } from '../protocol/token-fault.js';
import { type Check, type Finding, ok, unchecked, warning } from './check.js';
import type { Examination } from './examination.js';
import { databaseAnswers } from './route-checks.js';
import { answersTo, scopes, shownBy } from './token-answers.js';

export const tokenChecks: readonly Check[] = [
  {
    name: 'salt',
    needs: ['route'],
    async look(examination) {
      if (examination.token === null || tokenFault(examination.token) !== null) {
        return unchecked('a server tells it only to a client that has a token');
      }
      const error = await examination.handshake('pull');
      if (error?.code === 'NO_TOKEN_SALT') throw error;
      if (error?.code === 'SERVER_FAILED' && (await databaseAnswers(examination))) {
        throw alsoSaying(error, { also: 'Its database answers, so the salt is what it lacks.' });
      }
      return shownBy(error) === null ? notKnown(error) : ok('the server can read tokens');
    },
  },
  {
    name: 'token',
    needs: ['route'],
    after: ['salt'],
    async look(examination) {
      const { url, token } = examination;
      if (token === null) {
        const variable = 'STRAPI_TRANSFER_TOKEN';
        throw new TransferError('MISSING_TOKEN', { url, option: '--token', variable });
      }
      checkToken(token, '--token');
      const { pull: error } = await answersTo(examination);
      const shown = shownBy(error);
      if (shown === null) return notKnown(error);
      if (error !== null && (shown === 'unknown' || shown === 'expired')) throw error;
      return ok('the server knows it');
    },
  },
  {
    name: 'upgrade',
    needs: ['route'],
    after: ['salt', 'token'],
    async look(examination) {
      const { pull, push } = await answersTo(examination);
      if (pull === null || push === null) return ok('the WebSocket opens');
      const error = [pull, push].find(({ code }) => code !== 'FORBIDDEN');
      if (error === undefined) return unchecked('the token has no permission to come so far');
      if (error.code === 'NOT_FOUND') throw await notFoundWithToken(examination);
      if (error.code === 'CONNECT_TIMEOUT') throw alsoSaying(error, { also: databaseIsBusy });
      throw error;
    },
  },
  {
    name: 'scope',
    needs: ['token'],
    after: ['upgrade'],
    async look(examination) {
      const { url, wanted } = examination;
      const answers = await answersTo(examination);
      const granted = scopes.filter((scope) => answers[scope] === null);
      const refused = scopes.filter((scope) => answers[scope]?.code === 'FORBIDDEN');
      const missing = refused.filter((scope) => wanted.includes(scope));
      const forbidden = (scope: string) => new TransferError('FORBIDDEN', { url, scope, status: 403 });
      if (missing.length > 0) throw forbidden(missing.join(' and '));
      if (refused.length === 2) throw forbidden('pull or push');
      const failed = wanted.map((scope) => answers[scope]).find((error) => error !== null);
      if (failed != null) throw failed;
      const [only] = granted;
      if (only === undefined) return unchecked('no WebSocket opens');
      if (granted.length === 2) return ok('the token may pull and push');
      const other = only === 'pull' ? 'push' : 'pull';
      if (refused.includes(other)) return ok(`the token may ${only}, and not ${other}`);
      return warning(
        `the token may ${only}; whether it may ${other} is not known: ${answers[other]?.message}`,
      );
    },
  },
];

const databaseIsBusy =
  'It answered at once to a request without a token. It looks a token up in its database: on SQLite that waits while a push is running there.';

const notKnown = (error: TransferError | null): Finding =>
  unchecked(`not known, since the server did not say: ${error?.code ?? 'no answer'}`);

/**
 * The route exists and the server knows the token, yet it answers 404: a Strapi does so if transfer is disabled, and if
 * the Upgrade header did not reach it. Nothing in the answer tells the two apart; a proxy on the way may.
 */
async function notFoundWithToken(examination: Examination): Promise<TransferError> {
  const { url } = examination;
  const { headers } = await examination.requestUpgrade();
  const proxy = headers['via'] ?? headers['server'];
  if (proxy === undefined) return new TransferError('TRANSFER_DISABLED', { url, status: 404 });
  const also =
    'A Strapi answers so, too, where server.transfer.remote.enabled is false in its config/server; where it is the proxy, its log says "Transfer Upgrade header expected \'websocket\'".';
  return new TransferError('UPGRADE_NOT_FORWARDED', { url, status: 404, proxy: String(proxy), also });
}
