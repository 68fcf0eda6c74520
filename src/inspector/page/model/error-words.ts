import { type ErrorRow, errorTable } from '../../../protocol/errors.js';
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

/** The words of the table of errors for a failure that the records tell of: their templates, tidied where details are missing. */
export function errorWords(code: string, details: Readonly<Record<string, Detail>>): ErrorWords {
  const row: ErrorRow | undefined = Object.hasOwn(errorTable, code)
    ? errorTable[code as keyof typeof errorTable]
    : undefined;
  if (row === undefined) return { why: `The other end answered with ${code}.`, todo: '' };
  const text = filled(row.message, details);
  const end = /[.!?](?= [A-Z`-])/.exec(text);
  if (end === null) return { why: text, todo: row.retryable === true ? 'Run the transfer again.' : '' };
  return { why: text.slice(0, end.index + 1), todo: text.slice(end.index + 2) };
}

function filled(template: string, details: Readonly<Record<string, Detail>>): string {
  const text = template
    .replace(/\{ms\} ms/g, () => (typeof details['ms'] === 'number' ? spanText(details['ms']) : 'too long'))
    .replace(/(^|.)(: |\. )?\{(\w+)\}/gs, (_, before: string, joint: string | undefined, name: string) => {
      const value = details[name];
      if (value !== undefined && value !== null && value !== '') return `${before}${joint ?? ''}${value}`;
      // What follows a colon or a whole sentence may be left out; what is in the middle of one may not.
      if (joint !== undefined) return joint === '. ' ? `${before}. ` : before;
      if (/[^\s(]/.test(before)) return before;
      return `${before}${unnamed[name] ?? '…'}`;
    });
  const tidy = text
    .replace(/ ?\((?:code |status )?…?\)/g, '')
    .replace(/\s+([.,;:])/g, '$1')
    .replace(/\.\./g, '.')
    .replace(/ {2,}/g, ' ')
    .trim();
  return tidy.charAt(0).toUpperCase() + tidy.slice(1);
}
