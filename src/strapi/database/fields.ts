/** A type of attribute: what its column holds, and what a row of a transfer does. Null stays null in both directions. */
export interface Field {
  /** What the driver read, as Strapi gives it. */
  fromColumn(value: unknown): unknown;
  /** What a row brings, as it is bound to a statement. @throws UnfitValue */
  toColumn(value: unknown): unknown;
}

/** Characters of a value that an error quotes, at most. */
const longest = 60;

/** A value that the column of its attribute cannot hold; a Strapi refuses it too. */
export class UnfitValue extends Error {
  constructor(value: unknown, what: string) {
    const text = JSON.stringify(value) ?? typeof value;
    super(`${text.length > longest ? `${text.slice(0, longest - 1)}…` : text} is not ${what}`);
  }
}

const asIs = (value: unknown) => value;

const unchanged: Field = { fromColumn: asIs, toColumn: asIs };
const text: Field = { fromColumn: String, toColumn: anyText };
const number: Field = { fromColumn: Number, toColumn: finiteNumber };
const bigInteger: Field = { fromColumn: wholeOrText, toColumn: whole };
const boolean: Field = { fromColumn: storedBoolean, toColumn: anyBoolean };
const json: Field = { fromColumn: parsed, toColumn: serialized };
const date: Field = { fromColumn: asIs, toColumn: day };
const time: Field = { fromColumn: asIs, toColumn: timeOfDay };
const datetime: Field = { fromColumn: isoMoment, toColumn: moment };
const timestamp: Field = { fromColumn: milliseconds, toColumn: instant };

const fields: Readonly<Record<string, Field>> = {
  ...{ increments: unchanged, boolean, date, time, datetime, timestamp },
  ...{ password: text, email: text, string: text, uid: text, richtext: text, text, enumeration: text },
  ...{ json, blocks: json },
  ...{ integer: number, float: number, decimal: number, biginteger: bigInteger },
};

/** Undefined for a type that has no column: a relation. */
export function fieldOf(type: string): Field | undefined {
  return Object.hasOwn(fields, type) ? fields[type] : undefined;
}

/** JavaScript asks an object for its text, and the object may have other plans: `{"toString": 1}`. */
function anyText(value: unknown): string {
  try {
    return String(value);
  } catch {
    throw new UnfitValue(value, 'a text');
  }
}

function finiteNumber(value: unknown): number {
  const isText = typeof value === 'string' && value.trim() !== '';
  const found = isText ? Number(value) : value;
  if (typeof found !== 'number' || !Number.isFinite(found)) throw new UnfitValue(value, 'a number');
  return found;
}

const digits = /^[+-]?\d+$/;

/** As text: a number of JavaScript rounds it. */
function whole(value: unknown): string {
  const found = typeof value === 'string' ? value.trim() : value;
  if (typeof found === 'string' && digits.test(found)) return BigInt(found).toString();
  if (typeof found === 'bigint' || (typeof found === 'number' && Number.isInteger(found))) return `${found}`;
  throw new UnfitValue(value, 'a whole number');
}

function wholeOrText(value: unknown): string {
  try {
    return whole(value);
  } catch {
    return String(value);
  }
}

function storedBoolean(value: unknown): boolean | null {
  if (typeof value === 'boolean') return value;
  const found = String(value);
  return found === '1' ? true : found === '0' ? false : null;
}

const falsehoods: readonly unknown[] = ['false', 'f', '0', 0];

function anyBoolean(value: unknown): boolean {
  return !falsehoods.includes(value) && Boolean(value);
}

/** A Strapi reads a text within a text once more: its first releases stored JSON so. */
function parsed(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  try {
    const once = storedJson(value);
    return typeof once === 'string' ? storedJson(once) : once;
  } catch {
    return value;
  }
}

/** The database's own: Strapi reads it without limits as well. @throws SyntaxError */
export const storedJson = (stored: string): unknown => JSON.parse(stored);

function serialized(value: unknown): unknown {
  return typeof value === 'object' ? JSON.stringify(value) : value;
}

const dayPattern = /^(\d{4})-(\d{2})-(\d{2})/;

function day(value: unknown): string {
  const found = typeof value === 'string' ? dayPattern.exec(value)?.[0] : undefined;
  if (found === undefined) throw new UnfitValue(value, 'a date (yyyy-MM-dd)');
  if (!isInCalendar(found)) throw new UnfitValue(value, 'a day of the calendar');
  return found;
}

/** JavaScript takes the 30th of February for a day of March. */
function isInCalendar(day: string): boolean {
  const [year, month, date] = [Number(day.slice(0, 4)), Number(day.slice(5, 7)), Number(day.slice(8, 10))];
  return month >= 1 && month <= 12 && date >= 1 && date <= daysIn(year, month);
}

const daysIn = (year: number, month: number) =>
  month === 2 ? (isLeap(year) ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31;
const isLeap = (year: number) => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);

const timePattern = /^(2[0-3]|[01]\d):([0-5]\d):([0-5]\d)(?:\.(\d{1,3}))?$/;

function timeOfDay(value: unknown): string {
  const [found, hours, minutes, seconds, fraction = ''] =
    (typeof value === 'string' && timePattern.exec(value)) || [];
  if (found === undefined) throw new UnfitValue(value, 'a time of day (HH:mm:ss.SSS)');
  return `${hours}:${minutes}:${seconds}.${fraction.padEnd(3, '0')}`;
}

/** Of SQLite milliseconds, of the others a Date. */
function isoMoment(value: unknown): string | null {
  const at = dateOf(value);
  return Number.isNaN(at.getTime()) ? null : at.toISOString();
}

function milliseconds(value: unknown): string | null {
  const at = dateOf(value).getTime();
  return Number.isNaN(at) ? null : String(at);
}

const dateOf = (value: unknown) => (value instanceof Date ? value : new Date(value as number | string));

/** Not the lengths that ISO 8601 has for a century, a year, a month and a day. */
const epochPattern = /^-?(?!(?:\d\d){1,4}$)\d+$/;
const dayOnly = /^\d{4}-\d{2}-\d{2}$/;
const momentPattern = /^\d{4}-\d{2}-\d{2}([T ]|$)/;

/** ISO 8601, of this machine's zone where it names none; or milliseconds since the epoch. */
function moment(value: unknown): Date {
  if (value instanceof Date) return value;
  const found = anyText(value);
  const at = epochPattern.test(found) ? new Date(Number(found)) : isoDate(found);
  if (Number.isNaN(at.getTime())) throw new UnfitValue(value, 'a date with its time (ISO 8601)');
  return at;
}

const millisecondsPattern = /^-?\d+$/;

/** As it is sent: milliseconds since the epoch, however few digits they have. */
function instant(value: unknown): Date {
  const found =
    typeof value === 'string' && millisecondsPattern.test(value) ? new Date(Number(value)) : moment(value);
  if (Number.isNaN(found.getTime())) throw new UnfitValue(value, 'milliseconds since 1970');
  return found;
}

function isoDate(found: string): Date {
  const isDate = momentPattern.test(found) && isInCalendar(found.slice(0, 10));
  if (!isDate) return new Date(Number.NaN);
  return new Date(dayOnly.test(found) ? `${found}T00:00:00` : found.replace(' ', 'T'));
}
