import type { InspectionRecord } from '../../../inspect/records.js';
import type { Entry } from './entries.js';
import type { History } from './history.js';
import { missingText } from './text.js';

/** The kept records of one process as the text of a recording. */
export function recordingText({ header }: History, records: Iterable<InspectionRecord>): string {
  return [header, ...records].map((line) => `${JSON.stringify(line)}\n`).join('');
}

export function* recordsOf(history: History, entries: Iterable<Entry>): Generator<InspectionRecord> {
  for (const entry of entries) if (entry.history === history) yield entry.record;
}

/** Why a recording cannot be replayed; null if it can. */
export function whyNoTest({ dropped }: History): string | null {
  return dropped === 0 ? null : `${missingText(dropped)}: it cannot be replayed`;
}

/** The name of a file without its ending, and without what a file name cannot hold. */
export const fileName = (name: string) => name.replace(/\.\w+$/, '').replace(/[^\w.-]+/g, '-') || 'recording';

/**
 * A test for Vitest that replays a recording: it fails when a chart does something else than what was recorded.
 * @param name of the recording, which lies beside the test
 */
export function testText(name: string): string {
  const title = JSON.stringify(`the charts still do what ${name} recorded`);
  const path = `fileURLToPath(new URL(${JSON.stringify(`./${name}`)}, import.meta.url))`;
  return [
    "import { fileURLToPath } from 'node:url';",
    "import { replayRecording } from 'strapi-ferry/inspect';",
    "import { expect, test } from 'vitest';",
    '',
    `test(${title}, async () => {`,
    `  const path = ${path};`,
    '  const { roots, differences } = await replayRecording({ path });',
    '  expect(roots).not.toEqual([]);',
    '  expect(differences).toEqual([]);',
    '});',
    '',
  ].join('\n');
}
