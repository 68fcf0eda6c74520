import { connect } from 'node:net';

/**
 * Sends the head of a request as it is, and waits for the status of the answer: 101 where a WebSocket opens.
 * @returns null where the connection ends without an answer
 */
export function knock(port: number, head: readonly string[]): Promise<number | null> {
  const socket = connect(port, '127.0.0.1');
  return new Promise((resolve) => {
    socket.on('error', () => {});
    socket.once('close', () => resolve(null));
    socket.once('data', (bytes) => {
      const [, status = ''] = /^HTTP\/1\.1 (\d{3}) /.exec(String(bytes)) ?? [];
      resolve(Number(status));
      socket.destroy();
    });
    socket.write(`${head.join('\r\n')}\r\n\r\n`, 'latin1');
  });
}
