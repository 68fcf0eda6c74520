// What stands in a text of a row is looked for before the text is parsed. It may be found where it is not meant, in an inner
// object for instance; it is never missed: a text with an escape in a name or a key counts as one that has it.

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

function holds(text: string, pattern: RegExp, values: ReadonlySet<string>): boolean {
  if (values.size === 0) return false;
  if (text.includes('\\u')) return true;
  pattern.lastIndex = 0;
  for (let found = pattern.exec(text); found !== null; found = pattern.exec(text)) {
    if (!values.has(found[1] ?? '')) continue;
    pattern.lastIndex = 0;
    return true;
  }
  return false;
}
