// What stands in a text of a row is looked for before the text is parsed. It may be found where it is not meant, in an inner
// object for instance; it is never missed: a text in which it may be written otherwise counts as one that has it.

const idPattern = /"id"\s*:\s*"?([^\s,"}]+)/g;
const documentPattern = /"documentId"\s*:\s*"([^"]*)"/g;
const refPattern = /"ref"\s*:\s*"?([^\s,"}]+)/g;

/** Whether a row, or something within it, may have one of these ids. */
export const holdsId = (text: string, ids: ReadonlySet<string>) => holds(text, idPattern, ids);
/** Whether a row may have one of these documentIds. */
export const holdsDocument = (text: string, names: ReadonlySet<string>) =>
  holds(text, documentPattern, names);
/** Whether a link may lead from or to a row of one of these ids. */
export const holdsRef = (text: string, ids: ReadonlySet<string>) => holds(text, refPattern, ids);

/** What the patterns find as it is. Other ids may hold a space, a quote or an escape. */
const isPlain = (value: string) => /^[\w-]*$/.test(value);
/** A whole number may be written as 1.0 or 1e3. */
const isOddNumber = (value: string) => /^-?\d+(?=[.eE])[\d.eE+-]+$/.test(value);

const oddSets = new WeakMap<ReadonlySet<string>, { size: number; isOdd: boolean }>();

function isOdd(values: ReadonlySet<string>): boolean {
  const known = oddSets.get(values);
  if (known?.size === values.size) return known.isOdd;
  const found = { size: values.size, isOdd: [...values].some((value) => !isPlain(value)) };
  oddSets.set(values, found);
  return found.isOdd;
}

function holds(text: string, pattern: RegExp, values: ReadonlySet<string>): boolean {
  if (values.size === 0) return false;
  if (text.includes('\\u') || isOdd(values)) return true;
  pattern.lastIndex = 0;
  for (let found = pattern.exec(text); found !== null; found = pattern.exec(text)) {
    const value = found[1] ?? '';
    if (!values.has(value) && !(isOddNumber(value) && values.has(String(Number(value))))) continue;
    pattern.lastIndex = 0;
    return true;
  }
  return false;
}

/** Looks for a row that has one of some values in a field. */
export interface FieldSearch {
  add(field: string, value: unknown): void;
  in(text: string): boolean;
}

export function createFieldSearch(): FieldSearch {
  const keys = new Set<string>();
  const values = new Set<string>();
  return {
    add(field, value) {
      keys.add(JSON.stringify(field));
      values.add(JSON.stringify(value));
    },
    in(text) {
      for (const key of keys)
        for (let at = text.indexOf(key); at !== -1; at = text.indexOf(key, at + key.length)) {
          const value = valueAfter(text, at + key.length);
          if (values.has(value) || value.includes('\\') || isOddNumber(value)) return true;
        }
      return false;
    },
  };
}

const valuePattern = /\s*:\s*("[^"]*"|[^\s,}"]*)/y;

/** What is written behind a key, up to the first quote. */
function valueAfter(text: string, at: number): string {
  valuePattern.lastIndex = at;
  return valuePattern.exec(text)?.[1] ?? '';
}
