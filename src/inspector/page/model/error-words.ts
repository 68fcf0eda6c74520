import { type ErrorRow, errorTable, standsNow } from '../../../protocol/errors.js';
import { spanText } from './text.js';

export interface ErrorWords {
  /** What happened. */
  readonly why: string;
  /** What a person can do about it. Empty if the table does not say. */
  readonly todo: string;
}

/** A detail of an error, as far as it may leave the charts. */
export type Detail = string | number | boolean | null | undefined;

/** What a template says where a detail is not in the records, which hold no path and no word of a peer. */
const unnamed: Readonly<Record<string, string>> = {
  url: 'the server',
  request: 'a request',
  stage: 'the stage',
};

/** The words of the table of errors for a failure that the records tell of: their templates, cut where details are missing. */
export function errorWords(code: string, details: Readonly<Record<string, Detail>>): ErrorWords {
  const row: ErrorRow | undefined = Object.hasOwn(errorTable, code)
    ? errorTable[code as keyof typeof errorTable]
    : undefined;
  if (row === undefined) return { why: `The other end answered with ${code}.`, todo: '' };
  const text = filled(row.message, details);
  const end = /[.!?](?= [A-Z`-])/.exec(text);
  const [why, told] = end === null ? [text, ''] : [text.slice(0, end.index + 1), text.slice(end.index + 2)];
  const todo = told === '' && row.retryable === true ? 'Run the transfer again.' : told;
  const url = details['url'];
  const doctor =
    row.doctor === true && typeof url === 'string'
      ? `strapi-ferry doctor ${url} looks at the way there.`
      : '';
  // As the command says it, what stands at the destination last.
  const said = [todo, doctor, standsNow(details).trim()].filter((one) => one !== '');
  return { why, todo: said.join(' ') };
}

/** What is said in brackets, after a colon or as a sentence of its own is left out where its detail is missing. */
function filled(template: string, details: Readonly<Record<string, Detail>>): string {
  const isMissing = (name: string) => [undefined, null, ''].includes(details[name] as string);
  const isWhole = (part: string) =>
    [...part.matchAll(/\{(\w+)\}/g)].every(([, name = '']) => !isMissing(name));
  const text = template
    .replace(/\[(.*?)\]/g, (_, part: string) => (isWhole(part) ? part : ''))
    .replace(/ \([^()]*\)/g, (part) => (isWhole(part) ? part : ''))
    .replace(/:\s\{\w+\}\.?(?=\s[A-Z]|\n|$)/g, (part) => (isWhole(part) ? part : '.'))
    .replace(/\. \{\w+\}\.?(?=\s[A-Z]|$)/g, (part) => (isWhole(part) ? part : '.'))
    .replace(/\{ms\}/g, () => (typeof details['ms'] === 'number' ? spanText(details['ms']) : 'too long'))
    .replace(/\{(\w+)\}/g, (_, name: string) =>
      isMissing(name) ? (unnamed[name] ?? '…') : String(details[name]),
    );
  const whole = /[.!?…]$/.test(text) ? text : `${text}.`;
  return /^(the|a) /.test(whole) ? whole.charAt(0).toUpperCase() + whole.slice(1) : whole;
}
