import { alsoSaying, type TransferError, transferErrorOf } from '../protocol/errors.js';
import { quoted } from './backup.js';
import { asFlags } from './flag-words.js';
import { contentLimitWords, serverLimitWords } from './limits.js';

export function asTyped(error: TransferError): TransferError {
  const worded = withNextStep(error);
  const message = asFlags(worded.message);
  if (message === worded.message) return worded;
  // Its details stay those of the library: they are for programs.
  return Object.assign(transferErrorOf(worded.code, worded.details, worded.cause), { message });
}

function withNextStep(error: TransferError): TransferError {
  const { code, row, details } = error;
  if (code === 'INVALID_OPTION' && typeof details['option'] === 'string') {
    return alsoSaying(error, { option: flagsOf(details['option']) });
  }
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
    .map((name) => `--${kebab(name)}`)
    .join(' and ');
}
