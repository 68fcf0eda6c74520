import { headerOf, isKnown, recordOfJson } from '../../inspect/check-record.js';
import { parseRecordText } from '../../inspect/record-text.js';
import type { InspectionRecord } from '../../inspect/records.js';
import type { Timeline } from './model/timeline.js';

/** A record has a few hundred characters, the definition of a chart a few ten thousand. */
const longestLine = 4 * 1024 * 1024;
const group = 1000;
/** The longest turn of reading, during which the browser does nothing else. Milliseconds. */
const longestTurn = 30;

/**
 * Reads a recording into a time line, a piece at a time: the memory is bounded for a recording of any length.
 * @param signal ends the reading: the user has opened another recording
 * @returns whether the recording was closed; if it was cut off, all of it that is whole counts
 * @throws Error that says what is wrong with it; the signal's reason
 */
export async function readFile(
  file: Blob,
  timeline: Timeline,
  signal: AbortSignal,
): Promise<'complete' | 'cutOff'> {
  const reader = file.stream().pipeThrough(new TextDecoderStream()).getReader();
  let rest = '';
  let number = 0;
  let hasBegun = false;
  let isComplete = false;
  let records: InspectionRecord[] = [];
  let turnBegan = performance.now();

  function hand(): void {
    if (records.length > 0) timeline.add('file', records);
    records = [];
  }

  function line(text: string): void {
    number += 1;
    if (text.trim() === '') return;
    const value = parse(text, number);
    if (!hasBegun) {
      const header = headerOf(value);
      timeline.clear();
      timeline.open('file', header);
      hasBegun = true;
      return;
    }
    const record = recordAt(value, number);
    isComplete = record.type === 'end';
    if (isKnown(record)) records.push(record);
    if (records.length >= group) hand();
  }

  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
    signal.throwIfAborted();
    const lines = (rest + piece.value).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > longestLine) throw new Error(`line ${number + lines.length + 1} has no end`);
    for (const text of lines) {
      line(text);
      if (performance.now() - turnBegan < longestTurn) continue;
      await othersTurn();
      signal.throwIfAborted();
      turnBegan = performance.now();
    }
    hand();
  }
  signal.throwIfAborted();
  if (!hasBegun) throw new Error('it is empty, or was cut off in its first line');
  timeline.close('file');
  return isComplete ? 'complete' : 'cutOff';
}

/** Lets the browser paint and handle input. */
const othersTurn = () => new Promise((resolve) => setTimeout(resolve));

function recordAt(value: unknown, number: number): InspectionRecord {
  try {
    return recordOfJson(value);
  } catch (error) {
    throw new Error(`line ${number} ${error instanceof Error ? error.message : String(error)}`);
  }
}

function parse(text: string, number: number): unknown {
  try {
    return parseRecordText(text);
  } catch {
    // headerOf reports a wrong first line.
    if (number === 1) return null;
    throw new Error(`line ${number} is no record`);
  }
}
