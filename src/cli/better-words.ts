import {
  alsoSaying,
  type ErrorDetails,
  messageFrom,
  type TransferError,
  transferErrorOf,
} from '../protocol/errors.js';
import { asFlags } from './flag-words.js';
import { contentLimitWords, serverLimitWords } from './limits.js';
import { quoted } from './quoted.js';

/** The flags of a command for options of the library that have another name there. */
export type OtherFlags = Readonly<Record<string, string>>;

/** An error in the words of the command, with its next step. */
export function asTyped(error: TransferError, others: OtherFlags = {}): TransferError {
  const worded = withDoctor(withFlags(error, others));
  const message = messageAsTyped(worded);
  if (message === worded.message) return worded;
  // Its details stay those of the library: they are for programs.
  return Object.assign(transferErrorOf(worded.code, worded.details, worded.cause), { message });
}

/** The message of an error in the words of the command; what it is filled in with by a user stays as it is. */
export function messageAsTyped(error: TransferError, others: OtherFlags = {}): string {
  const { row, details } = withFlags(error, others);
  return messageFrom(asFlags(row.message), libraryWordsAsFlags(details));
}

/** The details that are sentences of the library. */
const sentences: readonly string[] = ['reason', 'cure', 'because'];

function libraryWordsAsFlags(details: ErrorDetails): ErrorDetails {
  const worded = sentences
    .map((name) => [name, details[name]] as const)
    .flatMap(([name, words]) => (typeof words === 'string' ? [[name, asFlags(words)] as const] : []));
  return { ...details, ...Object.fromEntries(worded) };
}

function withFlags(error: TransferError, others: OtherFlags): TransferError {
  const { option } = error.details;
  return typeof option === 'string'
    ? alsoSaying(error, { option: others[option] ?? flagsOf(option) })
    : error;
}

function withDoctor(error: TransferError): TransferError {
  const { row, details } = error;
  const { url } = details;
  if (row.doctor !== true || typeof url !== 'string') return error;
  return alsoSaying(error, { doctor: `strapi-ferry doctor ${quoted(url)}` });
}

/** `heartbeatTimeout` is typed --heartbeat-timeout, `frameSize` --limit frameSize; what is typed already stays. */
function flagsOf(option: string): string {
  if (Object.hasOwn({ ...contentLimitWords, ...serverLimitWords }, option)) return `--limit ${option}`;
  if (!/^[a-z][\w/-]*$/i.test(option) || /^[A-Z_]+$/.test(option)) return option;
  const kebab = (name: string) => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
  return option
    .split('/')
    .map((name) => `--${kebab(name === 'locales' ? 'locale' : name)}`)
    .join(' and ');
}
