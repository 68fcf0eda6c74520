import type { Socket } from 'node:net';
import type { WebSocket } from 'ws';
import { recordingFormat } from '../inspect/records.js';
import { ferryVersion } from '../inspect/version.js';
import type { Clock } from '../ports/clock.js';
import { framesOf } from './frames.js';
import type { ToReporter } from './live-messages.js';
import { isNonce, isSame, newNonce, placeOf, proofOf } from './proof.js';

export interface AdmissionOptions {
  readonly secret: string;
  readonly control: boolean;
  readonly clock: Clock;
  /** Called once the other side is proved to be a process of this user; must attach to the WebSocket at once. */
  readonly admitted: () => void;
}

/** Milliseconds that a process has to prove itself. */
const proofTimeout = 5000;
/** Bytes that it may send until then: otherwise the inspector would read a frame of a few megabytes whole. */
const mostUnproven = 4096;

/** Makes a process prove that it knows the secret, and proves the same to it. Never rejects. */
export async function admit(
  webSocket: WebSocket,
  connection: Socket,
  { secret, control, clock, admitted }: AdmissionOptions,
): Promise<void> {
  const place = placeOf(connection.localAddress, connection.localPort);
  const frames = framesOf(webSocket);
  const limit = connection.bytesRead + mostUnproven;
  const send = (message: ToReporter) => webSocket.send(JSON.stringify(message));
  const measure = () => {
    if (connection.bytesRead > limit) webSocket.terminate();
  };
  connection.on('data', measure);
  const timer = clock.setTimeout(() => webSocket.terminate(), proofTimeout);

  async function isProven(): Promise<boolean> {
    const { type, nonce: reporterNonce } = await frames.next();
    if (type !== 'challenge' || !isNonce(reporterNonce)) return false;
    const inspectorNonce = newNonce();
    const proof = (by: 'reporter' | 'inspector') =>
      proofOf(secret, { by, reporterNonce, inspectorNonce, place });
    const about = { format: recordingFormat, version: ferryVersion, control };
    send({ type: 'inspector', ...about, nonce: inspectorNonce, proof: proof('inspector') });
    const answer = await frames.next();
    return answer['type'] === 'proof' && isSame(answer['proof'], proof('reporter'));
  }

  const proven = await isProven().catch(() => false);
  clock.clearTimeout(timer);
  connection.off('data', measure);
  frames.stop();
  if (!proven || webSocket.readyState !== webSocket.OPEN) {
    webSocket.terminate();
    return;
  }
  admitted();
  send({ type: 'welcome' });
}
