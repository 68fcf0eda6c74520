import { meaningOf } from '../src/protocol/server-words.js';
import { type TypeChoice, verdictOfType } from '../src/protocol/type-choice.js';

/** How much servers reported in the course of a transfer, and how much of the content they reported as missing. */
export interface ReportedCounts {
  /** All warnings. */
  readonly warnings: number;
  readonly errors: number;
  /** Content types that move and whose rows the source could not all read. */
  readonly unreadTypes: number;
  /** Files of the media library that the source has rows of, and no bytes. */
  readonly missingFiles: number;
  /** Links that the source left out, since a row at one of their ends is gone. */
  readonly omittedLinks: number;
  /** Links that the destination skipped, since a row at one of their ends did not come. */
  readonly skippedLinks: number;
  /** Warnings that say none of this. */
  readonly otherWarnings: number;
}

export const noReports: ReportedCounts = {
  ...{ warnings: 0, errors: 0 },
  ...{ unreadTypes: 0, missingFiles: 0, omittedLinks: 0, skippedLinks: 0, otherWarnings: 0 },
};

/** What a server said. Only warnings and errors count. */
interface Said {
  readonly type: string;
  readonly message?: string;
}

/** @param choice The types that move: of others it does not matter whether they can be read. */
export function withReport(
  counts: ReportedCounts,
  { type, message = '' }: Said,
  choice: TypeChoice,
): ReportedCounts {
  if (type === 'diagnostic.error') return { ...counts, errors: counts.errors + 1 };
  if (type !== 'diagnostic.warning') return counts;
  return { ...withMeaning(counts, message, choice), warnings: counts.warnings + 1 };
}

function withMeaning(counts: ReportedCounts, message: string, choice: TypeChoice): ReportedCounts {
  const meaning = meaningOf(message);
  if (meaning === null || isOfALeftOutType(meaning, choice))
    return { ...counts, otherWarnings: counts.otherWarnings + 1 };
  switch (meaning.about) {
    case 'unread':
      return { ...counts, unreadTypes: counts.unreadTypes + 1 };
    case 'missingFiles':
      return { ...counts, missingFiles: counts.missingFiles + 1 };
    case 'nothing':
      return counts;
    default: {
      const { about } = meaning;
      return { ...counts, [about]: 'total' in meaning ? meaning.total : counts[about] + 1 };
    }
  }
}

const isOfALeftOutType = (meaning: { about: string; type?: string }, choice: TypeChoice) =>
  meaning.type !== undefined && verdictOfType(meaning.type, choice) !== 'kept';
