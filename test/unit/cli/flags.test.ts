import { expect, it } from 'vitest';
import { readTransferFlags } from '../../../src/cli/flags.js';

const ends = { from: 'a', to: 'b' };

it('gives an absent flag no value, so that its default holds', () => {
  expect(readTransferFlags(ends, {})).toEqual({ from: 'a', to: 'b', force: false, checksums: true });
});

it('reads tokens from the environment: an end’s own before the one for both, a flag before either', () => {
  const env = { STRAPI_TRANSFER_TOKEN: 'both', STRAPI_TRANSFER_TO_TOKEN: 'to' };
  expect(readTransferFlags(ends, env)).toMatchObject({ fromToken: 'both', toToken: 'to' });
  const given = readTransferFlags({ ...ends, fromToken: 'mine', toToken: 'mine' }, env);
  expect(given).toMatchObject({ fromToken: 'mine', toToken: 'mine' });
});

it('reads lists with and without blanks', () => {
  const flags = { ...ends, only: 'content, files', excludeContentTypes: 'api::a.a,api::b.b' };
  expect(readTransferFlags(flags, {})).toMatchObject({
    only: ['content', 'files'],
    excludeContentTypes: ['api::a.a', 'api::b.b'],
  });
});

it('reads the limits of messages and of the link', () => {
  const flags = {
    ...ends,
    retryMessageTimeout: '100',
    retryMessageMaxRetries: '0',
    heartbeatTimeout: '5000',
    busyTimeout: '6000',
  };
  expect(readTransferFlags(flags, {})).toMatchObject({
    retryMessageOptions: { retryMessageTimeout: 100, retryMessageMaxRetries: 0 },
    linkOptions: { heartbeatTimeout: 5000, busyTimeout: 6000 },
  });
});

it.each([
  [{ only: 'media' }, '--only'],
  [{ exclude: 'content,everything' }, '--exclude'],
  [{ schemaStrategy: 'exact' }, '--schema-strategy'],
  [{ retryMessageTimeout: '' }, '--retry-message-timeout'],
  [{ retryMessageTimeout: '-1' }, '--retry-message-timeout'],
  [{ retryMessageMaxRetries: '1.5' }, '--retry-message-max-retries'],
  [{ heartbeatTimeout: '0x10' }, '--heartbeat-timeout'],
])('refuses %j and names the flag', (flags, option) => {
  expect(() => readTransferFlags({ ...ends, ...flags }, {})).toThrow(
    expect.objectContaining({ code: 'INVALID_OPTION', message: expect.stringContaining(option) }),
  );
});
