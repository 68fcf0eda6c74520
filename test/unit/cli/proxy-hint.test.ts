import { describe, expect, it } from 'vitest';
import { runDiff } from '../../../src/cli/commands/diff.command.js';
import { runTransfer } from '../../../src/cli/commands/transfer.command.js';
import { mentioningProxy } from '../../../src/cli/proxy-hint.js';
import { errorTable, transferErrorOf } from '../../../src/protocol/errors.js';
import { testHost } from '../../support/test-host.js';

const url = 'http://no-such-host.invalid/admin';
const words = /http_proxy names the proxy http:\/\/10\.0\.0\.1:3128 for this host, and it is not used/;
const behind = { http_proxy: 'http://someone:secret@10.0.0.1:3128' };

describe('where no connection comes about, the variable of a proxy is named', () => {
  it('by a transfer', async () => {
    const host = testHost(behind);
    expect(await runTransfer({ from: url, fromToken: 'planted', to: 'nowhere' }, host)).toBe(4);
    expect(host.written.err).toMatch(words);
    expect(host.written.err).not.toContain('secret');
  });

  it('by diff', async () => {
    const host = testHost(behind);
    expect(await runDiff(url, '.', { fromToken: 'planted' }, host)).toBe(4);
    expect(host.written.err).toMatch(words);
  });
});

it.each(Object.keys(errorTable) as (keyof typeof errorTable)[])('%s names it where it is of use', (code) => {
  const said = mentioningProxy(transferErrorOf(code, { url, reason: 'refused' }), behind).message;
  expect(words.test(said)).toBe(code === 'CONNECT_FAILED' || code === 'CONNECT_TIMEOUT');
  const plain = transferErrorOf(code, { url });
  for (const env of [
    {},
    { http_proxy: '' },
    { https_proxy: 'http://p' },
    { ...behind, no_proxy: '.invalid' },
  ])
    expect(mentioningProxy(plain, env)).toBe(plain);
});

it('a handshake that nobody answers is a busy Strapi’s before it is a firewall’s', () => {
  const { message } = transferErrorOf('CONNECT_TIMEOUT', { url, ms: 10_000 });
  expect(message).toMatch(/a Strapi on SQLite takes no connection while a push is in work there.*firewalls/);
});
