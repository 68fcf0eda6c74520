import { onTestFinished } from 'vitest';
import { WebSocket } from 'ws';

/** What an upgrade leads to: an open WebSocket, or the status and body of the answer. */
export type UpgradeOutcome = 'open' | readonly [number, string];

/** Asks for an upgrade; `headers` in the place of a bearer token where the token is undefined. */
export function upgradeOutcome(
  url: string,
  token?: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<UpgradeOutcome> {
  const webSocket = new WebSocket(url, {
    headers: token === undefined ? headers : { ...headers, Authorization: `Bearer ${token}` },
  });
  onTestFinished(() => webSocket.terminate());
  return new Promise((resolve, reject) => {
    webSocket.on('error', reject);
    webSocket.on('open', () => resolve('open'));
    webSocket.on('unexpected-response', (_, response) => {
      const chunks: string[] = [];
      response.on('data', (chunk) => chunks.push(String(chunk)));
      response.on('end', () => resolve([response.statusCode ?? 0, chunks.join('')]));
      response.on('error', reject);
    });
  });
}
