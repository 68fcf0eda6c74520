/** Why no server would know a token, whichever it is; null where it may be one. The token itself is never told. */
export function tokenFault(token: string): string | null {
  if (token.trim() !== token) return 'it begins or ends with white space; give it without';
  if (/^bearer\b/i.test(token)) return 'it begins with "Bearer"; give what follows it alone';
  if (/\s/.test(token)) return 'it has white space in it; copy it again';
  // What a header cannot carry.
  if (!/^[\x21-\x7e]+$/.test(token)) return 'it has characters in it that no token has; copy it again';
  if (/^(["']).*\1$/.test(token)) return 'it stands in quotation marks; give it without';
  return null;
}
