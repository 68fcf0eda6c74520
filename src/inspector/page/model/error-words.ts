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

/** The words of the table of errors for a failure that the records tell of: their templates, tidied where details are missing. */
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

/** Stands for a detail that is left out, until the text around it is tidied. */
const gap = '\u0000';

function filled(template: string, details: Readonly<Record<string, Detail>>): string {
  const isMissing = (name: string) => [undefined, null, ''].includes(details[name] as string);
  const text = template
    .replace(/\[(.*?\{(\w+)\}.*?)\]/g, (_, part: string, name: string) => (isMissing(name) ? '' : part))
    .replace(/\{ms\}(?: ms)?/g, () =>
      typeof details['ms'] === 'number' ? spanText(details['ms']) : 'too long',
    )
    .replace(/\{(\w+)\}/g, (_, name: string, offset: number, whole: string) => {
      if (!isMissing(name)) return String(details[name]);
      // What follows a colon, a whole sentence or another word without a space is an addition.
      const isAddition = offset > 0 && /(?:[^\s(‘"]|[:.] )$/.test(whole.slice(0, offset));
      return isAddition ? gap : (unnamed[name] ?? '…');
    });
  const tidy = text
    .replace(new RegExp(`[:.]? ?\\(?(?:code |status )?[…${gap}]*${gap}\\)?`, 'g'), (found) =>
      found.startsWith('.') ? '. ' : '',
    )
    .replace(/ ?\((?:code |status )?…\)/g, '')
    .replace(/\s+([.,;:])/g, '$1')
    .replace(/ {2,}/g, ' ')
    .replace(/\.(?: ?\.)+/g, '.')
    .trim();
  const whole = /[.!?…]$/.test(tidy) ? tidy : `${tidy}.`;
  return whole.startsWith('the ') || whole.startsWith('a ')
    ? whole.charAt(0).toUpperCase() + whole.slice(1)
    : whole;
}
