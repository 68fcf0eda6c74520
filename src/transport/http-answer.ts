import type { IncomingMessage } from 'node:http';

/** The answer to one HTTP request. */
export interface HttpAnswer {
  /** 101 where the connection was upgraded. */
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** The beginning of it. */
  readonly body: string;
}

/** Characters of a body that are read. */
const bodyLimit = 4096;

/** Reads the beginning of the body; what ends the response ends the wait. */
export function readAnswer(response: IncomingMessage): Promise<HttpAnswer> {
  const { statusCode: status = 0, headers } = response;
  let body = '';
  return new Promise((resolve) => {
    response.setEncoding('utf8').on('data', (text: string) => {
      body += text;
      if (body.length >= bodyLimit) response.destroy();
    });
    response.on('error', () => {});
    response.on('close', () => resolve({ status, headers, body: body.slice(0, bodyLimit) }));
  });
}
