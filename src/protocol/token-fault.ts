import { TransferError } from './errors.js';

/** Why a text can be the token of no server; null if it may be one. The text itself is never shown. */
export function tokenFault(token: string): string | null {
  if (token.trim() !== token) return 'it begins or ends with white space; give it without';
  if (/^["'`“”„‘’«»]/.test(token)) return 'it begins with a quotation mark; give it without';
  if (/^bearer\b/i.test(token)) return 'it begins with "Bearer"; give what follows it alone';
  if (/^\$/.test(token)) return 'it is the name of a variable, which no shell has filled in; give its value';
  if (/\s/.test(token)) return 'it has white space in it; copy it again';
  // Characters that a header cannot carry, or that are invisible.
  if (!/^[\x21-\x7e]+$/.test(token)) return 'it has characters in it that no token has; copy it again';
  return /["']$/.test(token) ? 'it ends with a quotation mark; give it without' : null;
}

/**
 * Refuses a token that was left out, or that no server would know.
 * @param option What gives it, for the message.
 * @throws TransferError MISSING_TOKEN, INVALID_OPTION
 */
export function requireToken(token: string, option: string, url: string): void {
  checkToken(token, option);
  if (token === '') throw new TransferError('MISSING_TOKEN', { url, option });
}

/**
 * Refuses a token that no server would know, before it is sent: CI tries again where a server cannot be reached.
 * @param option What gave it, for the message.
 * @throws TransferError INVALID_OPTION
 */
export function checkToken(token: string | undefined, option: string): void {
  const reason = token === undefined || token === '' ? null : tokenFault(token);
  if (reason !== null) throw new TransferError('INVALID_OPTION', { option, value: 'this', reason });
}
