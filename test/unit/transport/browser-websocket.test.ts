import { afterEach, describe, expect, test, vi } from 'vitest';
import { createDispatcher } from '../../../src/client/dispatcher.js';
import { browserWebSocketOpener } from '../../../src/transport/browser-websocket.js';
import type { SocketLike } from '../../../src/transport/socket.js';
import { settled, TestClock } from '../../support/test-clock.js';

/** A browser's WebSocket: it calls nothing back when a frame has left, and says nothing of why it failed. */
class BrowserSocket extends EventTarget {
  static opened: BrowserSocket[] = [];
  readyState = 0;
  readonly sent: string[] = [];
  readonly url: string;
  readonly protocols: readonly string[];

  constructor(url: string, protocols: readonly string[]) {
    super();
    this.url = url;
    this.protocols = protocols;
    BrowserSocket.opened.push(this);
  }

  send(frame: string): void {
    this.sent.push(frame);
  }

  close(): void {
    this.end('close', { code: 1000, reason: '' });
  }

  end(type: string, fields: object): void {
    if (type !== 'open') this.readyState = 3;
    else this.readyState = 1;
    this.dispatchEvent(Object.assign(new Event(type), fields));
  }
}

afterEach(() => {
  vi.unstubAllGlobals();
  BrowserSocket.opened = [];
});

describe('a browser’s WebSocket', () => {
  const ticket = 'x'.repeat(43);
  const route = new URL('wss://example.com/admin/transfer/runner/pull');
  const url = 'https://example.com/admin';

  test('shows the ticket beside the name that the server agrees to, and never in the URL', () => {
    vi.stubGlobal('WebSocket', BrowserSocket);
    browserWebSocketOpener({ route, ticket, url })(() => {});
    const [{ url: asked, protocols } = new BrowserSocket('', [])] = BrowserSocket.opened;
    expect(asked).toBe(route.href);
    expect(protocols).toEqual(['strapi-ferry', `strapi-ferry.ticket.${ticket}`]);
  });

  test('that does not open says what to look at, since the browser says nothing', () => {
    vi.stubGlobal('WebSocket', BrowserSocket);
    const ends: unknown[] = [];
    browserWebSocketOpener({ route, ticket, url })((end) => ends.push(end));
    BrowserSocket.opened[0]?.end('error', {});
    const reason = expect.stringMatching(/ticket opens one connection.*origin of this page/);
    expect(ends).toEqual([{ code: 'CONNECT_FAILED', details: { url, reason } }]);
  });

  test('that was open and is lost gives no such reason', () => {
    vi.stubGlobal('WebSocket', BrowserSocket);
    const ends: unknown[] = [];
    browserWebSocketOpener({ route, ticket, url })((end) => ends.push(end));
    BrowserSocket.opened[0]?.end('open', {});
    BrowserSocket.opened[0]?.end('error', {});
    expect(ends).toEqual([]);
  });

  test('carries a request that gets no answer again: a frame counts as sent at once', async () => {
    vi.stubGlobal('WebSocket', BrowserSocket);
    const clock = new TestClock();
    const socket = new BrowserSocket('', []);
    const retryMessageOptions = { retryMessageTimeout: 1000, retryMessageMaxRetries: 1 };
    // A browser's WebSocket fits the port but for the types of this double.
    const dispatcher = createDispatcher(socket as unknown as SocketLike, { clock, retryMessageOptions });
    socket.end('open', {});
    const asked = dispatcher.dispatchCommand('init').catch(({ code }) => code as string);
    await clock.pass(1000);
    expect(socket.sent).toHaveLength(2);
    expect(socket.sent[1]).toBe(socket.sent[0]);
    await clock.pass(1000);
    expect(await asked).toBe('REQUEST_TIMED_OUT');
    await settled();
    expect(clock.pending).toEqual([]);
  });
});
