import { TransferError } from '../protocol/errors.js';
import { createInspection, type Inspection } from './inspection.js';
import { createInspector, defaultInspectorPort, type Inspector } from './inspector/inspector.js';
import { createReporter } from './inspector/reporter.js';
import type { ControlCommand } from './live.js';
import { type Recording, readRecording } from './reading.js';
import { createRecorder, type Recorder } from './recorder.js';
import type { Side } from './records.js';

/** Of `startInspection`. */
export interface CommandInspectionOptions {
  readonly roles: readonly Side[];
  /** The file to record to. @defaultValue no recording */
  readonly record?: string;
  /** Peers' words too, into the recording alone. @defaultValue false */
  readonly recordData?: boolean;
  /** The port of the inspector. @defaultValue no inspector */
  readonly port?: number;
  /** Lets the page steer this process. */
  readonly onControl?: (command: ControlCommand) => void | Promise<void>;
  /** Told what went wrong with a recording or a page while the transfer goes on. */
  readonly note: (text: string) => void;
}

/** What `startInspection` has begun. */
export interface CommandInspection extends Pick<Inspection, 'inspect'> {
  /** The page's address, for people; null without an inspector. */
  readonly page: string | null;
  /** Whether the page is served by this process, or by another one that it reports to. */
  readonly isOwnPage: boolean;
  /** Ends the records, closes the recording and the page. */
  close(): Promise<void>;
}

/**
 * What `--inspect` and `--record` ask for, of a command that transfers or serves. Where another process already has an
 * inspector on that port, this one reports to it: both ends stand on one page.
 * @throws TransferError RECORDING_UNWRITABLE, INSPECTOR_PORT, before anything else has begun
 */
export async function startInspection(options: CommandInspectionOptions): Promise<CommandInspection> {
  const { roles, record, recordData = false, port, onControl, note } = options;
  const tell = (error: unknown) => note(`Not inspected any more: ${reasonOf(error)}. The transfer goes on.`);
  const inspection = createInspection({ roles, onError: tell });
  const control = onControl === undefined ? {} : { onControl };
  let inspector: Inspector | null = null;
  let page: string | null = null;
  if (record !== undefined) {
    const recorder: Recorder = createRecorder({ path: record, data: recordData });
    await recorder.open();
    inspection.attach(recorder);
  }
  if (port !== undefined) {
    try {
      inspector = await createInspector({ port, ...control });
      page = inspector.url;
      inspection.attach(inspector.sink());
    } catch (error) {
      const url = `http://127.0.0.1:${port}/`;
      const reporter = createReporter({ url, ...control });
      const other = await reporter.open().catch((refusal: unknown) => {
        throw portTaken(port, error, refusal);
      });
      page = url;
      if (onControl !== undefined) {
        note(
          other.control
            ? `To steer, open ${page} by the link that was printed where it began: the token is in it.`
            : `${page} lets nobody steer: what began it was not given --inspect-control.`,
        );
      }
      inspection.attach(reporter);
    }
  }
  return {
    inspect: inspection.inspect,
    page,
    isOwnPage: inspector !== null,
    async close() {
      await inspection.close();
      await inspector?.close();
    },
  };
}

/** A recording on its page. */
export interface ShownRecording {
  /** The page's address. */
  readonly page: string;
  /** Resolves when all of it is shown, with how it ends; rejects with RECORDING_UNREADABLE. */
  readonly shown: Promise<ReturnType<Recording['ending']>>;
  /** Lets every page go, and frees the port. */
  close(): Promise<void>;
}

/**
 * What `inspect <recording>` does: its page on a port, until it is closed. Resolves as soon as the page is there; the
 * recording is read on, and `shown` says how it ends.
 * @throws TransferError RECORDING_UNREADABLE where the file is no recording, INSPECTOR_PORT
 */
export async function showRecording(
  path: string,
  port: number = defaultInspectorPort,
): Promise<ShownRecording> {
  const recording = await readRecording({ path });
  const inspector = await createInspector({ port });
  const shown = inspector.show(recording).then(() => recording.ending());
  // Whoever listens to nothing but the page need not listen to this promise too.
  shown.catch(() => {});
  return { page: inspector.url, shown, close: () => inspector.close() };
}

/** What listens there already is no inspector that this process may report to: the reason says both. */
function portTaken(port: number, error: unknown, refusal: unknown): unknown {
  if (!(error instanceof TransferError)) return error;
  const reason = `${String(error.details['reason'])}, and ${reasonOf(refusal)}`;
  return new TransferError(error.code, { ...error.details, port, reason }, error);
}

const reasonOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
