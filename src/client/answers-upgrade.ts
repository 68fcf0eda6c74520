import type { ErrorCode } from '../protocol/errors.js';
import type { OpenSocket, SocketLike } from '../transport/socket.js';

/** Errors that a server itself answers with, and no proxy in front of it. */
const ofServer: ReadonlySet<ErrorCode> = new Set([
  ...(['UNAUTHORIZED', 'TOKEN_EXPIRED', 'FORBIDDEN', 'NOT_FOUND', 'NO_TOKEN_SALT'] as const),
  ...(['TOO_MANY_ATTEMPTS', 'SERVER_FAILED'] as const),
]);

/**
 * Whether a server answers an upgrade: to do so it looks the token up in its database. The answer of a proxy or a
 * firewall does not count.
 */
export function answersUpgrade(open: OpenSocket, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    let refusal: ErrorCode | null = null;
    let socket: SocketLike;
    try {
      socket = open(({ code }) => {
        refusal = code;
      });
    } catch {
      return resolve(false);
    }
    const end = (answers: boolean) => {
      signal.removeEventListener('abort', onAbort);
      socket.removeEventListener('open', onOpen);
      socket.removeEventListener('close', onClose);
      if (socket.readyState !== 3) socket.close();
      resolve(answers);
    };
    const onOpen = () => end(true);
    const onClose = () => end(refusal !== null && ofServer.has(refusal));
    const onAbort = () => end(false);
    // An error is followed by a close, and one without a listener would be uncaught.
    socket.addEventListener('error', () => {});
    socket.addEventListener('open', onOpen);
    socket.addEventListener('close', onClose);
    signal.addEventListener('abort', onAbort);
    if (socket.readyState === 3) end(false);
  });
}
