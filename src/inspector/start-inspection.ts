import { createInspection, type Inspection } from '../inspect/inspection.js';
import { type Recording, readRecording } from '../inspect/reading.js';
import { createRecorder, type Recorder } from '../inspect/recorder.js';
import type { Side } from '../inspect/records.js';
import { messageOf, TransferError, transferErrorOf } from '../protocol/errors.js';
import { createInspector, defaultInspectorPort, type Inspector } from './inspector.js';
import type { ControlCommand } from './live-messages.js';
import { createReporter } from './reporter.js';

/** Options of `startInspection`. */
export interface CommandInspectionOptions {
  readonly roles: readonly Side[];
  /** The file to record to. @defaultValue no recording */
  readonly record?: string | undefined;
  /** Records peers' words too, in the recording alone. @defaultValue false */
  readonly recordData?: boolean | undefined;
  /** The port of the inspector. @defaultValue no inspector */
  readonly port?: number | undefined;
  /** Lets the page steer this process. */
  readonly onControl?: ((command: ControlCommand) => void | Promise<void>) | undefined;
  /** Called with what went wrong with a recording or a page while the transfer goes on. */
  readonly note: (text: string) => void;
}

/** The inspection that `startInspection` has begun. */
export interface CommandInspection extends Pick<Inspection, 'inspect'> {
  /** The page's address, for people; null without an inspector. */
  readonly page: string | null;
  /** Whether this process serves the page, or reports to another process that does. */
  readonly isOwnPage: boolean;
  /** Ends the records; closes the recording and the page. */
  close(): Promise<void>;
}

/**
 * Starts a recording, a page, or both, for a process that transfers or serves. If another process already has an
 * inspector on that port, this one reports to it: both ends are on one page.
 * @throws TransferError RECORDING_UNWRITABLE, INSPECTOR_PORT, before anything else has begun
 */
export async function startInspection(options: CommandInspectionOptions): Promise<CommandInspection> {
  const { roles, record, recordData = false, port, onControl, note } = options;
  const report = (error: unknown) =>
    note(`Not inspected any more: ${messageOf(error)}. The transfer goes on.`);
  const inspection = createInspection({ roles, onError: report });
  let inspector: Inspector | null = null;
  let page: string | null = null;
  if (record !== undefined) {
    const recorder: Recorder = createRecorder({ path: record, data: recordData });
    await recorder.open();
    inspection.attach(recorder);
  }
  if (port !== undefined) {
    try {
      inspector = await createInspector({ port, onControl });
      page = inspector.url;
      inspection.attach(inspector.sink());
    } catch (error) {
      const url = `http://127.0.0.1:${port}/`;
      const reporter = createReporter({ url, onControl });
      const other = await reporter.open().catch((refusal: unknown) => {
        throw portTaken(port, error, refusal);
      });
      page = url;
      if (onControl !== undefined) {
        note(
          other.control
            ? `To steer, open ${page} by the link that was printed where it began: the token is in it.`
            : `${page} cannot steer: the process that serves it was started without \`onControl\`.`,
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
  /** Resolves once the whole recording is shown, with how it ends; rejects with RECORDING_UNREADABLE. */
  readonly shown: Promise<ReturnType<Recording['ending']>>;
  /** Disconnects every page, and frees the port. */
  close(): Promise<void>;
}

/**
 * Serves the page of a recording on a port until the caller closes it. Resolves as soon as the page is
 * there, while reading goes on; `shown` resolves with how the recording ends.
 * @throws TransferError RECORDING_UNREADABLE if the file is no recording, INSPECTOR_PORT
 */
export async function showRecording(
  path: string,
  port: number = defaultInspectorPort,
): Promise<ShownRecording> {
  const recording = await readRecording({ path });
  const inspector = await createInspector({ port });
  const shown = inspector.show(recording).then(() => recording.ending());
  // A caller that ignores `shown` must not get an unhandled rejection.
  shown.catch(() => {});
  return { page: inspector.url, shown, close: () => inspector.close() };
}

/** The port belongs to a program that this process cannot report to: the reason says both. */
function portTaken(port: number, error: unknown, refusal: unknown): unknown {
  if (!(error instanceof TransferError)) return error;
  const reason = `${String(error.details['reason'])}, and ${messageOf(refusal)}`;
  return transferErrorOf(error.code, { ...error.details, port, reason }, error);
}
