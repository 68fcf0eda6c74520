import { type ErrorCode, TransferError } from '../protocol/errors.js';
import type { Examination } from './examination.js';
import type { Scope } from './test-connection.js';

export const scopes: readonly Scope[] = ['pull', 'push'];

/** The results of the handshakes of a pull and of a push: null if the WebSocket opens. */
export type TokenAnswers = Readonly<Record<Scope, TransferError | null>>;

/** Any other answer comes from a program that has not looked the token up: a proxy, a firewall, a broken server. */
const shows: Partial<Record<ErrorCode, 'known' | 'expired' | 'unknown' | 'no route'>> = {
  FORBIDDEN: 'known',
  UNAUTHORIZED: 'unknown',
  TOKEN_EXPIRED: 'expired',
  NOT_FOUND: 'no route',
};

export const shownBy = (error: TransferError | null) =>
  error === null ? 'known' : (shows[error.code] ?? null);

/** If the first shows nothing of the token, the second is skipped. @throws TransferError SERVERS_DISAGREE */
export async function answersTo(examination: Examination): Promise<TokenAnswers> {
  const pull = await examination.handshake('pull');
  if (shownBy(pull) === null) return { pull, push: pull };
  const answers = { pull, push: await examination.handshake('push') };
  const shown = new Set(scopes.map((scope) => shownBy(answers[scope])).filter((one) => one !== null));
  if (shown.size > 1) {
    const told = scopes.map((scope) => `a ${scope} ${answerOf(answers[scope])}`).join(', ');
    throw new TransferError('SERVERS_DISAGREE', { url: examination.url, answers: told });
  }
  return answers;
}

/** SERVERS_DISAGREE for an upgrade that was accepted and then refused when the doctor asked again. */
export function disagreement(examination: Examination, scope: Scope, error: TransferError): TransferError {
  const shown = shownBy(error);
  if (shown === null || shown === 'known') return error;
  const told = `a ${scope} ${answerOf(null)}, and then ${answerOf(error)}`;
  return new TransferError('SERVERS_DISAGREE', { url: examination.url, answers: told }, error);
}

const answerOf = (error: TransferError | null) =>
  error === null ? 'was let in' : `was answered ${error.code}`;

export async function grantedScopes(examination: Examination): Promise<readonly Scope[]> {
  const answers = await answersTo(examination);
  return scopes.filter((scope) => answers[scope] === null);
}
