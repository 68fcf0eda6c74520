import { expect, onTestFinished } from 'vitest';
import { openRaw, type RawClient, say } from '../../support/raw-client.js';
import type { StrapiWithPlugin } from './strapi-with-plugin.js';

const restore = { assets: true, entities: {}, configuration: { coreStore: true, webhook: true } };
export const initPush = say.command('init', { transfer: 'push', options: { strategy: 'restore', restore } });

/** A push that has begun, for the test that asks for it, once the one before it is undone: its client knows that it has left before the Strapi does. */
export async function beginPush(strapi: StrapiWithPlugin, token = strapi.tokens.full): Promise<RawClient> {
  for (;;) {
    const url = `ws://127.0.0.1:${strapi.port}/admin/transfer/runner/push`;
    const client = await openRaw(url, token);
    onTestFinished(() => client.socket.terminate());
    const { error } = await client.ask(initPush);
    if (error === null) return client;
    expect(error?.code).toBe('STORE_IN_USE');
    client.socket.terminate();
    await client.closed;
  }
}
