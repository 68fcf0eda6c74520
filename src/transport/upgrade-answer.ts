import type { ConnectionEnd } from '../../machines/connection.machine.js';
import type { ErrorCode } from '../protocol/errors.js';
import { parseJson } from '../protocol/json.js';
import { isObject } from '../protocol/plain-object.js';
import type { HttpAnswer } from './http-answer.js';
import { clientCertificate, type TlsFault, tlsOnly } from './tls-fault.js';

/** The server that was asked for an upgrade. */
export interface AskedForUpgrade {
  /** The admin URL and the token's permission, for messages. */
  readonly url: string;
  readonly scope: string;
}

/** What a refused upgrade means: the one source of this for transfers, comparisons and the doctor. */
export function meaningOfAnswer(answer: HttpAnswer, { url, scope }: AskedForUpgrade): ConnectionEnd {
  const { status, headers } = answer;
  const details = { status, url, scope };
  const fault = tlsFaultOf(answer);
  if (fault !== null) return { code: 'TLS_FAILED', details: { ...details, ...fault } };
  const scheme = headers[status === 407 ? 'proxy-authenticate' : 'www-authenticate'];
  if (status === 407 || (status === 401 && scheme !== undefined)) {
    const more = { scheme: shortened(scheme) || 'no scheme named', path: new URL(url).pathname };
    return { code: 'PASSWORD_REQUIRED', details: { ...details, ...more } };
  }
  const said = strapiErrorOf(answer);
  if (status === 401) return { code: said === 'Token expired' ? 'TOKEN_EXPIRED' : 'UNAUTHORIZED', details };
  if (status === 403 && (said === null || headers['cf-mitigated'] !== undefined)) {
    const more = { who: nameOf(answer), path: new URL(url).pathname };
    return { code: 'BLOCKED', details: { ...details, ...more } };
  }
  if (status === 501 && said === null) return { code: 'UPGRADE_REFUSED', details };
  if (status >= 300 && status < 400) {
    const location = shortened(headers['location']).replace(/\/transfer\/runner\/\w+/, '');
    return { code: 'REDIRECTED', details: { ...details, location: location || 'nowhere' } };
  }
  return { code: isOfGateway(status) ? 'GATEWAY_ERROR' : (meanings[status] ?? 'UPGRADE_REFUSED'), details };
}

const meanings: Readonly<Record<number, ErrorCode>> = {
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  429: 'TOO_MANY_ATTEMPTS',
  500: 'SERVER_FAILED',
  501: 'NO_TOKEN_SALT',
  // The status if a proxy dropped the Upgrade header, or if the server is no Strapi.
  200: 'UPGRADE_NOT_FORWARDED',
  400: 'UPGRADE_NOT_FORWARDED',
  426: 'UPGRADE_NOT_FORWARDED',
};

/** Whether a proxy could not reach the server, or gave up: 502–504 of any, 520–527 and 530 of Cloudflare. */
const isOfGateway = (status: number) =>
  (status >= 502 && status <= 504) || (status >= 520 && status <= 527) || status === 530;

/** nginx answers so with 400, or with 495–497 of its own; Go, Apache and Cloudflare with 400. */
function tlsFaultOf({ status, body }: HttpAnswer): TlsFault | null {
  if (status === 497) return tlsOnly;
  if (status === 495 || status === 496) return clientCertificate;
  if (status !== 400) return null;
  if (/plain HTTP.{1,60}(HTTPS|SSL)|HTTP request to an HTTPS server/is.test(body)) return tlsOnly;
  return /(SSL|TLS|client) certificate/i.test(body) ? clientCertificate : null;
}

/** What a Strapi, or a server of ours, says in the body of its answer; null where the answer is not theirs. */
export function strapiErrorOf({ status, body }: HttpAnswer): string | null {
  try {
    const answer = parseJson(body, { values: 100, depth: 10 });
    const error = isObject(answer) ? answer['error'] : undefined;
    if (!isObject(error) || error['status'] !== status) return null;
    return typeof error['message'] === 'string' ? error['message'] : null;
  } catch {
    return null;
  }
}

/** The name of what answered in the place of a Strapi: a Strapi sends none of these headers. */
export function nameOf({ headers }: HttpAnswer): string {
  if (headers['cf-mitigated'] !== undefined) return 'Cloudflare';
  return shortened(headers['server'] ?? headers['via']) || 'something on the way';
}

/** The value of a header, for a message. */
const shortened = (value: string | readonly string[] | undefined) => String(value ?? '').slice(0, 200);
