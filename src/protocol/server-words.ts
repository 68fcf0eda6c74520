export type Meaning =
  | { readonly about: 'unread'; readonly type: string }
  | { readonly about: 'missingFiles' }
  /** Links that a source leaves out, or a destination skips, since a row at one of their ends is not there. */
  | { readonly about: 'omittedLinks' | 'skippedLinks' }
  /** The same, told as their number when all of them were looked at. */
  | { readonly about: 'omittedLinks' | 'skippedLinks'; readonly total: number }
  /** It reports no problem of its own: it says that similar warnings are not sent one by one. */
  | { readonly about: 'nothing' };

/** The warnings of Strapi 5.52 to 5.54; others are told as they are. */
const known: readonly (readonly [RegExp, (words: readonly string[]) => Meaning])[] = [
  [/^Failed to read all entities of type "([^"]*)"/, ([type = '']) => ({ about: 'unread', type })],
  [/^\[Data transfer\] Media item .* exists in database but no/, () => ({ about: 'missingFiles' })],
  [/^Omitting link /, () => ({ about: 'omittedLinks' })],
  [/^Links export omitted (\d+) relation/, ([count]) => ({ about: 'omittedLinks', total: Number(count) })],
  [/^Skipping link /, () => ({ about: 'skippedLinks' })],
  [/^Links restore skipped (\d+) relation/, ([count]) => ({ about: 'skippedLinks', total: Number(count) })],
  [/^Further detailed warnings suppressed /, () => ({ about: 'nothing' })],
];

/** What a warning means; null if its words are not known. */
export function meaningOf(warning: string): Meaning | null {
  for (const [pattern, meaning] of known) {
    const words = pattern.exec(warning);
    if (words !== null) return meaning(words.slice(1));
  }
  return null;
}

export const withoutPreamble = (error: string): string =>
  error.replace(/^\[Data transfer\] Error in \w+ read stream: /, '');
