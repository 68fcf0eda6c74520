import { readFile, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { readRecording } from '../inspect/reading.js';
import { nodeFiles } from '../ports/node-files.js';
import { messageOf, TransferError } from '../protocol/errors.js';
import { builtPage } from './built-page.js';
import { standalonePage } from './standalone.js';

/** A browser shows the latest 100,000 records, which have a few hundred bytes each. */
const largest = 128 * 1024 * 1024;

/** Options of `savePage`. */
export interface SavePageOptions {
  /** The recording. */
  readonly recording: string;
  /** The HTML file to write; an existing file is not replaced. */
  readonly html: string;
  /** The folder of the page. @defaultValue the one in the package */
  readonly page?: string | null | undefined;
}

/**
 * Writes a recording and the page that shows it as one HTML file, to mail. It opens from a disk and loads nothing.
 * @returns how the recording ends
 * @throws TransferError RECORDING_UNREADABLE if the file is no recording, RECORDING_UNWRITABLE
 */
export async function savePage(options: SavePageOptions): Promise<'complete' | 'cutOff'> {
  const { recording: path, html, page = builtPage() } = options;
  const unwritable = (reason: string, cause?: unknown) =>
    new TransferError('RECORDING_UNWRITABLE', { path: html, reason }, cause);
  if (page === null) throw unwritable('this package was built without its page');
  const chunks: Uint8Array[] = [];
  async function* stream(file: string) {
    for await (const chunk of nodeFiles.stream(file)) {
      chunks.push(chunk);
      yield chunk;
    }
  }
  const recording = await readRecording({ path, files: { stream } });
  const { size } = await stat(path);
  if (size > largest) throw unwritable(`the recording has ${size} bytes, and a page holds ${largest}`);
  // Every line is checked: what is mailed opens.
  for await (const _ of recording.records);
  const [script, style, worker] = await Promise.all([
    readFile(join(page, 'page.js'), 'utf8'),
    readFile(join(page, 'index.css'), 'utf8'),
    readFile(join(page, 'elk-worker.min.js'), 'utf8'),
  ]);
  const text = Buffer.concat(chunks).toString();
  const whole = await standalonePage({ script, style, worker, recording: text, name: basename(path) });
  try {
    await writeFile(html, whole, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    const isThere = (error as NodeJS.ErrnoException).code === 'EEXIST';
    throw unwritable(isThere ? 'there is a file of that name' : messageOf(error), error);
  }
  return recording.ending();
}
