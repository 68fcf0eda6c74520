/** One place at which two contents differ. `left` and `right` are the two sides of the comparison. */
export interface ContentDifference {
  readonly kind: 'schema' | 'entity' | 'link' | 'asset' | 'configuration';
  /** What differs: a schema's uid, a row (type, document, locale, state), a file's name, a setting's key. */
  readonly where: string;
  /** Where in it: a field, also within components (`sections.0.heading`). Absent where all of it is meant. */
  readonly path?: string;
  readonly left?: unknown;
  readonly right?: unknown;
  /** `missing`: the right side lacks it. `extra`: the left side lacks it. */
  readonly change: 'missing' | 'extra' | 'changed';
}

const longestLine = 200;
const longestValue = 48;

/** A line for people: values shortened, nothing in it that a terminal would obey, 200 characters at most. */
export function describeDifference({ kind, where, path, left, right, change }: ContentDifference): string {
  const values =
    change === 'changed' ? `${word(left)} → ${word(right)}` : word(change === 'missing' ? left : right);
  const tail = values === '' ? '' : `: ${values}`;
  const head = `${change} ${kind} ${plain(where)}${path === undefined ? '' : ` · ${plain(path)}`}`;
  return `${shorten(head, longestLine - tail.length)}${tail}`;
}

function word(value: unknown): string {
  return value === undefined ? '' : plain(shorten(JSON.stringify(value) ?? 'nothing', longestValue));
}

/** Cut in the middle, as both ends of a name tell something, and never within a surrogate pair. */
function shorten(text: string, most: number): string {
  if (text.length <= most) return text;
  const end = Math.floor((most - 1) / 3);
  const cut = `${text.slice(0, most - 1 - end)}…${text.slice(text.length - end)}`;
  return cut.replace(/\p{Cs}/gu, '');
}

/** Names come from the content: one with escape codes must not reach a terminal as such. */
function plain(text: string): string {
  return text.replace(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu, '�');
}
