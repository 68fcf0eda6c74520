import { STATUS_CODES } from 'node:http';
import type { RefusalCode } from '../../machines/admission.machine.js';
import { type ErrorRow, errorTable } from '../protocol/errors.js';
import type { TokenScope } from './tokens.js';

/** An upgrade that was refused, for a log. */
export interface Refused {
  /** What was asked for. */
  readonly direction: TokenScope;
  readonly code: RefusalCode;
  /** The address of the client: see `trustedProxies`. */
  readonly address: string;
}

interface Wording {
  readonly message: string;
  readonly details?: Readonly<Record<string, string>>;
}

/** As Strapi 5.54.0 words them (recorded, or built with its own error helpers). */
const wordings: Readonly<Record<RefusalCode, Wording>> = {
  UNAUTHORIZED: { message: 'Missing or invalid credentials' },
  FORBIDDEN: { message: 'Forbidden' },
  ORIGIN_REFUSED: { message: 'Forbidden' },
  NOT_FOUND: { message: 'Not Found' },
  NO_TOKEN_SALT: {
    message:
      'The server configuration for data transfer is invalid. Please contact your server administrator.',
    details: { code: 'INVALID_TOKEN_SALT' },
  },
  TOO_MANY_ATTEMPTS: { message: 'Too Many Requests' },
  SERVER_FAILED: { message: 'Internal Server Error' },
};

export const isRefusalCode = (code: unknown): code is RefusalCode =>
  typeof code === 'string' && Object.hasOwn(wordings, code);

export interface RefusalOptions {
  /** The token is known, and its time is over: Strapi says so. */
  readonly expired?: boolean;
}

/** The answer to a refused upgrade, whole: status line, headers and Strapi's JSON body. */
export function refusalText(code: RefusalCode, { expired = false }: RefusalOptions = {}): string {
  const { http: status = 500 }: ErrorRow = errorTable[code];
  const reason = STATUS_CODES[status] ?? '';
  const { message, details } = wordings[code];
  // Strapi sends no details of an unforeseen error: they are for its log.
  const rest = status === 500 ? {} : { details: details ?? {} };
  const error = {
    status,
    name: nameOf(reason),
    message: expired ? 'Token expired' : message,
    ...rest,
  };
  const body = JSON.stringify({ data: null, error });
  return [
    `HTTP/1.1 ${status} ${reason}`,
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
    '',
    body,
  ].join('\r\n');
}

/** `Not Found` is NotFoundError, `Internal Server Error` InternalServerError: as the package http-errors names them. */
function nameOf(reason: string): string {
  const words = reason.replaceAll(' ', '');
  return words.endsWith('Error') ? words : `${words}Error`;
}
