import type { ReportedCounts } from '../../machines/reported-counts.js';
import { meaningOf } from '../protocol/server-words.js';
import { type TypeChoice, verdictOfType } from '../protocol/type-choice.js';

/** One thing that a server reported, in its own words. */
export interface ServerReport {
  readonly kind: 'warning' | 'error';
  /** The admin URL of the server. */
  readonly url: string;
  /** At most 500 characters of what it said. */
  readonly message: string;
}

/** What servers reported in the course of a transfer: counted whole, the first of it in words. */
export interface ServerReports extends ReportedCounts {
  /** The first 20. */
  readonly messages: readonly ServerReport[];
}

/** How many messages of servers are kept, and how much of each: a server may send any number, of any length. */
const keptMessages = 20;
const keptCharacters = 500;

export interface KeptReports {
  keep(report: ServerReport): void;
  messages(): readonly ServerReport[];
}

export function createKeptReports(): KeptReports {
  const messages: ServerReport[] = [];
  return {
    keep({ kind, url, message }) {
      if (messages.length === keptMessages) return;
      const text = message.length > keptCharacters ? `${message.slice(0, keptCharacters - 1)}…` : message;
      messages.push({ kind, url, message: text });
    },
    messages: () => messages,
  };
}

/**
 * For the error of a transfer that is not committed: all that is kept, and of the types that move those whose rows the
 * source could not read.
 */
export function reportDetails(counts: ReportedCounts, kept: KeptReports, choice: TypeChoice) {
  const messages = kept.messages();
  const unread = messages.flatMap(({ url, message }) => {
    const meaning = meaningOf(message);
    const moves = meaning?.about === 'unread' && verdictOfType(meaning.type, choice) === 'kept';
    return moves ? [{ url, type: meaning.type, message }] : [];
  });
  return {
    listed: describeReports({ ...counts, messages }),
    url: unread[0]?.url,
    types: unread.map(({ type }) => type).join(','),
    answer: unread.map(({ message }) => `- ${message}`).join('\n'),
  };
}

/** `- warning of https://cms.example.com/admin: …`, a line each. */
export function describeReports({ warnings, errors, messages }: ServerReports): string {
  const lines = messages.map(({ kind, url, message }) => `- ${kind} of ${url}: ${message}`);
  const rest = warnings + errors - messages.length;
  return [...lines, ...(rest > 0 ? [`- and ${rest} more`] : [])].join('\n');
}
