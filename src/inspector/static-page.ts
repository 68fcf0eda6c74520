import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, join } from 'node:path';
import { pathOf } from '../transport/guarded-upgrade.js';
import { plainPage } from './plain-page.js';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
};

/** Content of the page cannot send a request to another machine, and no other page can frame it. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "worker-src 'self' blob:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

export const headers = {
  'Content-Security-Policy': contentSecurityPolicy,
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Referrer-Policy': 'no-referrer',
  'X-Content-Type-Options': 'nosniff',
  'Cache-Control': 'no-store',
};

export async function servePage(
  folder: string | null,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.writeHead(405, { ...headers, Allow: 'GET, HEAD' }).end();
    return;
  }
  const found = await fileAt(folder, fileOf(request));
  if (found === null) {
    response.writeHead(404, headers).end();
    return;
  }
  response.writeHead(200, { ...headers, 'Content-Type': found.type });
  response.end(request.method === 'HEAD' ? undefined : found.body);
}

function fileOf(request: IncomingMessage): string {
  const path = pathOf(request) ?? '';
  return path.endsWith('/') ? `${path}index.html` : path;
}

async function fileAt(folder: string | null, path: string) {
  if (folder === null) return Object.hasOwn(plainPage, path) ? (plainPage[path] ?? null) : null;
  const type = types[extname(path)];
  // Only names of files that a build makes: nothing hidden, nothing encoded.
  if (type === undefined || !/^(\/[\w-][\w.-]*)+$/.test(path)) return null;
  try {
    return { type, body: await readFile(join(folder, path)) };
  } catch {
    return null;
  }
}
