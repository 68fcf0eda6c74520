import type { OpenSocket, SocketLike } from '../transport/socket.js';

/**
 * Whether a server answers an upgrade, whatever it answers: it looks the token up in its database then. A proxy that
 * cannot reach the server is no answer of it.
 */
export function knock(open: OpenSocket, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    let refusal: string | null = null;
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
    const onClose = () => end(refusal !== null && refusal !== 'GATEWAY_ERROR');
    const onAbort = () => end(false);
    // An error is followed by a close, and one without a listener would be uncaught.
    socket.addEventListener('error', () => {});
    socket.addEventListener('open', onOpen);
    socket.addEventListener('close', onClose);
    signal.addEventListener('abort', onAbort);
    if (socket.readyState === 3) end(false);
  });
}
