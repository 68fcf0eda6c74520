import { ExactNumber } from './exact-json.js';

/** One place at which two contents differ. `left` and `right` are the two sides of the comparison. */
export interface ContentDifference {
  readonly kind: 'schema' | 'entity' | 'link' | 'asset' | 'configuration';
  /** What differs: a schema's uid, a row (type, document, locale, state), a file's name, a setting's key. */
  readonly where: string;
  /** The uid of the schema, of the row, or of the row that a link leads from. */
  readonly type?: string;
  /** What people call the row, or the row that a link leads from: its title, name or slug. Absent if it has none. */
  readonly title?: string;
  /** The path within it: a field, also within components (`sections.0.heading`). Absent if all of it differs. */
  readonly path?: string;
  /** A number that JavaScript cannot hold is an object whose `text` is the number as it was written; in JSON, that text. */
  readonly left?: unknown;
  readonly right?: unknown;
  /** `missing`: the right side lacks it. `extra`: the left side lacks it. */
  readonly change: 'missing' | 'extra' | 'changed';
}

/** How many differences there are of one kind and one type. */
export interface DifferenceCount {
  readonly kind: ContentDifference['kind'];
  /** Absent for files and settings. */
  readonly type?: string;
  /** The right side lacks so many, the left side so many, and so many differ. */
  readonly missing: number;
  readonly extra: number;
  readonly changed: number;
}

/** What the two sides are called. */
export interface SideNames {
  readonly left: string;
  readonly right: string;
}

const longestLine = 200;
const longestName = 60;
/** Of a side's name before its value. */
const longestLabel = 24;
const longestValue = 48;

/**
 * A line for people: `only in <side>: …` if one side lacks it, `changed …: <left> <value> → <right> <value>` otherwise. Values are
 * shortened around the difference, and escaped if they would look alike. Control characters are always escaped, so a
 * terminal obeys nothing in it. It has 200 characters at most.
 * @param names Of the sides. @default left and right
 */
export function describeDifference(
  { kind, where, title, path, left, right, change }: ContentDifference,
  names: SideNames = { left: 'left', right: 'right' },
): string {
  const side = change === 'missing' ? names.left : names.right;
  const verb = change === 'changed' ? 'changed' : `only in ${shorten(visible(side), longestName)}:`;
  const values =
    change === 'changed' ? wordsOfPair([left, right], names) : wordOf(change === 'missing' ? left : right);
  const tail = values === '' ? '' : `: ${values}`;
  const called = title === undefined ? '' : ` "${visible(title)}"`;
  const head = `${verb} ${kind} ${visible(where)}${called}${path === undefined ? '' : ` · ${visible(path)}`}`;
  return `${shorten(head, longestLine - tail.length)}${tail}`;
}

const textOf = (value: unknown) =>
  value instanceof ExactNumber ? value.text : (JSON.stringify(value) ?? 'nothing');

const wordOf = (value: unknown) => (value === undefined ? '' : shorten(visible(textOf(value)), longestValue));

function wordsOfPair(values: readonly [unknown, unknown], names: SideNames): string {
  const texts = values.map(textOf);
  // All of it differs, or the row is beyond those whose values are read again.
  if (values.every((value) => value === undefined)) return '';
  const [one, other] = fromDifference(texts.map(visible));
  const [a, b] = lookAlike(one, other) ? fromDifference(texts.map(escaped)) : [one, other];
  const label = (name: string) => shorten(visible(name), longestLabel);
  return `${label(names.left)} ${shorten(a, longestValue)} → ${label(names.right)} ${shorten(b, longestValue)}`;
}

/** Characters shown before the first difference if the two texts do not fit whole. */
const leading = 12;

/** Both texts from shortly before their first difference, if shortening would cut it away. */
function fromDifference([one = '', other = '']: readonly string[]): readonly [string, string] {
  if (Math.max(one.length, other.length) <= longestValue) return [one, other];
  let same = 0;
  while (same < one.length && one[same] === other[same]) same += 1;
  const start = same - leading;
  if (start <= 1) return [one, other];
  const from = (text: string) => `…${text.slice(start)}`.replace(/^…\p{Cs}/u, '…');
  return [from(one), from(other)];
}

/** Letters of other alphabets that have the shape of Latin ones. */
const foreign = /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}]/u;

/** Whether two texts differ and would look the same: in composed letters, invisible characters or alphabets. */
function lookAlike(one: string, other: string): boolean {
  const shown = (text: string) => text.normalize('NFKC').replace(/\p{Default_Ignorable_Code_Point}/gu, '');
  if (shown(one) === shown(other)) return true;
  // In a translation most letters differ; lookalikes share at least half of theirs.
  const same = [...one].filter((character, at) => character === other[at]).length;
  const isMixed = foreign.test(one) !== foreign.test(other) && one.length === other.length;
  return isMixed && 2 * same >= one.length;
}

const escapeOf = (character: string) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;

const escaped = (text: string) => text.replace(/[^\x20-\x7e]/gu, escapeOf);

/** Names and values come from the content: characters that a terminal would obey are written by their numbers. */
export const visible = (text: string) => text.replace(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu, escapeOf);

/** Cut in the middle, as both ends of a name tell something, and never within a surrogate pair. */
export function shorten(text: string, most: number): string {
  if (text.length <= most) return text;
  const end = Math.floor((most - 1) / 3);
  const cut = `${text.slice(0, most - 1 - end)}…${text.slice(text.length - end)}`;
  return cut.replace(/\p{Cs}/gu, '');
}
