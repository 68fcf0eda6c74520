import { once } from 'node:events';
import { WebSocket } from 'ws';
import { type RecordingHeader, recordingFormat } from '../inspect/records.js';
import type { Sink } from '../inspect/sink.js';
import { type Clock, realClock } from '../ports/clock.js';
import { messageOf } from '../protocol/errors.js';
import { type Frames, framesOf } from './frames.js';
import { type ControlCommand, isControlCommand, type ToInspector } from './live-messages.js';
import { isNonce, isSame, newNonce, placeOf, proofOf } from './proof.js';
import { type SharedSecret, userSecret } from './shared-secret.js';

/** Options of `createReporter`. */
export interface ReporterOptions {
  /** The inspector's address, such as `http://127.0.0.1:4747/`. */
  readonly url: string;
  /** Lets the inspector's page steer this process. */
  readonly onControl?: ((command: ControlCommand) => void | Promise<void>) | undefined;
  /** The secret, which the inspector must know too. @defaultValue from a file that only this user can read */
  readonly secret?: SharedSecret | undefined;
  /** @defaultValue the real one */
  readonly clock?: Clock | undefined;
}

/** Reports to an inspector that runs in another process of this user. */
export interface Reporter extends Sink {
  /**
   * Connects; both sides prove that they belong to one user. `control` says whether the inspector's page may steer.
   * Without this call the first records connect.
   * @throws Error that says why this process cannot report
   */
  open(): Promise<{ readonly control: boolean }>;
}

/** Bytes that may wait for a slow inspector; until they have left, this sink takes no more. */
const mostBuffered = 1024 * 1024;
/** The most bytes of a frame from an inspector. */
const longestFrame = 4096;
/** Milliseconds for an inspector to prove itself, and to close a connection. */
const proofTimeout = 5000;
const closeTimeout = 1000;

/**
 * Reports to an inspector in another process of this user. A program that cannot prove this, because another user has
 * taken the port, receives nothing and steers nothing.
 */
export function createReporter(options: ReporterOptions): Reporter {
  const { url, onControl, secret = userSecret, clock = realClock } = options;
  const address = new URL('/report', url);
  address.protocol = 'ws:';
  let socket: WebSocket | null = null;
  let opening: Promise<{ readonly control: boolean }> | null = null;
  let header: RecordingHeader | null = null;

  async function connect(): Promise<{ readonly control: boolean }> {
    const known = await secret();
    const opened = new WebSocket(address, { perMessageDeflate: false, maxPayload: longestFrame });
    socket = opened;
    // A close follows the error, and rejects the next frame.
    opened.on('error', () => {});
    const timer = clock.setTimeout(() => opened.terminate(), proofTimeout);
    try {
      const frames = framesOf(opened);
      const told = await introduce(opened, frames, known);
      void obeyAll(frames);
      return told;
    } catch (error) {
      opened.terminate();
      throw new Error(`this process cannot report to ${url}: ${messageOf(error)}`, { cause: error });
    } finally {
      clock.clearTimeout(timer);
    }
  }

  async function introduce(opened: WebSocket, frames: Frames, known: string) {
    let place = '';
    opened.once('upgrade', ({ socket: connection }) => {
      place = placeOf(connection.remoteAddress, connection.remotePort);
    });
    await once(opened, 'open');
    const reporterNonce = newNonce();
    await send({ type: 'challenge', nonce: reporterNonce });
    const { nonce: inspectorNonce, proof, format, version, control } = await frames.next();
    const proofBy = (by: 'reporter' | 'inspector') =>
      proofOf(known, { by, reporterNonce, inspectorNonce: String(inspectorNonce), place });
    if (!isNonce(inspectorNonce) || !isSame(proof, proofBy('inspector')))
      throw new Error('it does not prove that it is an inspector of this user');
    if (format !== recordingFormat)
      throw new Error(`it is an inspector of another version (${String(version)})`);
    await send({ type: 'proof', proof: proofBy('reporter') });
    const { type } = await frames.next();
    if (type !== 'welcome') throw new Error('it does not take what this process would report');
    return { control: control === true };
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

  async function obeyAll(frames: Frames): Promise<void> {
    try {
      for (;;) void obey(await frames.next());
    } catch {
      // The connection is closed: the next write rejects with the reason.
    }
  }

  async function obey({ type, id, command }: Readonly<Record<string, unknown>>): Promise<void> {
    if (type !== 'control' || typeof id !== 'number' || !isControlCommand(command)) return;
    let reason = '';
    try {
      await onControl?.(command);
    } catch (error) {
      reason = messageOf(error);
    }
    await send({ type: 'controlled', id, reason }).catch(() => {});
  }

  function open(): Promise<{ readonly control: boolean }> {
    opening ??= connect();
    return opening;
  }

  return {
    open,
    begin(told) {
      header = told;
    },
    async write(records) {
      await open();
      if (header !== null) await send({ type: 'reporter', header, control: onControl !== undefined });
      header = null;
      await send({ type: 'records', records });
    },
    close() {
      const closing = socket;
      if (closing === null || closing.readyState === closing.CLOSED) return;
      const timer = clock.setTimeout(() => closing.terminate(), closeTimeout);
      return new Promise((resolve) => {
        closing.once('close', () => {
          clock.clearTimeout(timer);
          resolve();
        });
        closing.close();
      });
    },
  };
}
