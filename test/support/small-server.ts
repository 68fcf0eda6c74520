import { createMemoryStore } from '../../src/stores/memory.js';
import { cleanUps } from './clean-ups.js';
import { openRaw } from './raw-client.js';
import { type SessionSetting, serveSessions } from './sessions.js';
import { smallContent } from './small-content.js';
import { runServer } from './transfer-servers.js';

/** Raw clients, gone after the test. */
async function openFor(url: string, token?: string) {
  const client = await openRaw(url, token);
  cleanUps.push(() => client.socket.terminate());
  return client;
}

/** A whole server over a small store, until the end of the test. */
export async function smallServer(options: Parameters<typeof runServer>[0] = {}) {
  const store = createMemoryStore(smallContent);
  const stores = { source: () => store.source(), destination: () => store.destination() };
  const running = await runServer({ ...stores, ...options });
  cleanUps.push(() => running.close());
  const open = (direction: 'push' | 'pull') => openFor(running.runner + direction, running.token);
  return { ...running, store, open };
}

/** Sessions without a server around them, until the end of the test; each can be looked into. */
export async function smallSessions(setting: SessionSetting) {
  const served = await serveSessions(() => setting);
  cleanUps.push(() => served.close());
  return { served, open: (direction: 'push' | 'pull') => openFor(served.url + direction) };
}
