import { WebSocket } from 'ws';
import type { ControlCommand, ToInspector, ToReporter } from '../live.js';
import type { RecordingHeader } from '../records.js';
import type { Sink } from '../sink.js';

/** Of `createReporter`. */
export interface ReporterOptions {
  /** Of the inspector, such as `http://127.0.0.1:4747/`. */
  readonly url: string;
  /** Lets the inspector's page steer this process. */
  readonly onControl?: (command: ControlCommand) => void | Promise<void>;
}

/** Bytes that may wait for an inspector that is slow; until they have left, this sink takes no more. */
const mostBuffered = 1024 * 1024;

/** Tells an inspector that runs in another process of this machine. */
export function createReporter({ url, onControl }: ReporterOptions): Sink {
  const address = new URL('/report', url);
  address.protocol = 'ws:';
  let socket: WebSocket | null = null;
  let opening: Promise<void> = Promise.resolve();
  let header: RecordingHeader | null = null;

  function open(): Promise<void> {
    const opened = new WebSocket(address, { perMessageDeflate: false });
    socket = opened;
    opened.on('message', (data) => void obey(String(data)));
    return new Promise((resolve, reject) => {
      opened.once('open', resolve);
      opened.on('error', reject);
      opened.once('close', () => reject(new Error(`the inspector at ${url} has closed the connection`)));
    });
  }

  function send(message: ToInspector): Promise<void> {
    return new Promise((resolve, reject) => {
      if (socket === null || socket.readyState !== socket.OPEN) {
        reject(new Error(`the inspector at ${url} is gone`));
        return;
      }
      socket.send(JSON.stringify(message), (error) => (error ? reject(error) : resolve()));
      if (socket.bufferedAmount < mostBuffered) resolve();
    });
  }

  async function obey(frame: string): Promise<void> {
    let asked: ToReporter;
    try {
      asked = JSON.parse(frame) as ToReporter;
    } catch {
      return;
    }
    const { id, command } = asked;
    let reason = '';
    try {
      await onControl?.(command);
    } catch (error) {
      reason = error instanceof Error ? error.message : String(error);
    }
    await send({ type: 'controlled', id, reason }).catch(() => {});
  }

  return {
    begin(told) {
      header = told;
    },
    async write(records) {
      if (header !== null) {
        opening = open();
        await opening;
        await send({ type: 'reporter', header, control: onControl !== undefined });
        header = null;
      }
      await send({ type: 'records', records });
    },
    close() {
      const closing = socket;
      if (closing === null || closing.readyState === closing.CLOSED) return;
      return new Promise((resolve) => {
        closing.once('close', () => resolve());
        closing.close();
      });
    },
  };
}
