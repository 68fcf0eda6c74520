import { describe, expect, it } from 'vitest';
import { readTransferFlags } from '../../../src/cli/flags.js';

const ends = { from: 'a', to: 'b' };

it('gives an absent flag no value, so that its default holds', () => {
  expect(readTransferFlags(ends, {})).toEqual({ from: 'a', to: 'b', force: false, checksums: true });
});

it('reads tokens from the environment: an end’s own before the one of the one server, a flag before either', () => {
  const env = { STRAPI_TRANSFER_TOKEN: 'one', STRAPI_TRANSFER_TO_TOKEN: 'to' };
  const pull = { from: 'https://a.example/admin', to: 'b' };
  const push = { from: 'a', to: 'https://b.example/admin' };
  expect(readTransferFlags(pull, env)).toMatchObject({ fromToken: 'one', toToken: 'to' });
  expect(readTransferFlags(push, env)).toMatchObject({ toToken: 'to' });
  expect(readTransferFlags(push, env)).not.toHaveProperty('fromToken');
  const given = readTransferFlags({ ...push, fromToken: 'mine', toToken: 'mine' }, env);
  expect(given).toMatchObject({ fromToken: 'mine', toToken: 'mine' });
});

it('takes an empty variable for none', () => {
  const env = { STRAPI_TRANSFER_TOKEN: 'one', STRAPI_TRANSFER_FROM_TOKEN: '', STRAPI_TRANSFER_TO_KEY: '' };
  const options = readTransferFlags({ from: 'https://a.example/admin', to: 'b' }, env);
  expect(options.fromToken).toBe('one');
  expect(options).not.toHaveProperty('toKey');
});

it('reads passwords of archives, and takes a bare flag for none yet', () => {
  const env = { STRAPI_TRANSFER_FROM_KEY: 'f', STRAPI_TRANSFER_TO_KEY: 't' };
  const archives = { from: 'a.tar.enc', to: 'b.tar.age' };
  expect(readTransferFlags(archives, env)).toMatchObject({ fromKey: 'f', toKey: 't' });
  const given = readTransferFlags({ ...archives, fromKey: 'mine' }, env);
  expect(given).toMatchObject({ fromKey: 'mine', toKey: 't' });
  expect(readTransferFlags({ ...archives, fromKey: true }, {})).not.toHaveProperty('fromKey');
});

it('leaves a password in the environment aside where nothing is read that is encrypted, or a server is written', () => {
  const env = { STRAPI_TRANSFER_FROM_KEY: 'f', STRAPI_TRANSFER_TO_KEY: 't' };
  const options = readTransferFlags({ from: 'a', to: 'https://a.example/admin' }, env);
  expect(options).not.toHaveProperty('fromKey');
  expect(options).not.toHaveProperty('toKey');
  // What is written to a disk must not be readable by chance: see checkOptions.
  expect(readTransferFlags({ from: 'a', to: 'b' }, env)).toMatchObject({ toKey: 't' });
});

describe('STRAPI_TRANSFER_URL', () => {
  const server = 'https://a.example/admin';
  const env = { STRAPI_TRANSFER_URL: server };

  it('is the server of a transfer whose other end is a folder or an archive', () => {
    expect(readTransferFlags({ from: './a' }, env)).toMatchObject({ from: './a', to: server });
    expect(readTransferFlags({ to: 'c:\\a.tar' }, env)).toMatchObject({ from: server, to: 'c:\\a.tar' });
    expect(readTransferFlags(ends, env)).toMatchObject(ends);
  });

  it('never makes a destination of a server that was forgotten', () => {
    const missing = (flag: string) =>
      expect.objectContaining({ code: 'MISSING_END', details: { flag } }) as Error;
    expect(() => readTransferFlags({ from: server }, env)).toThrow(missing('--to'));
    expect(() => readTransferFlags({ to: server }, env)).toThrow(missing('--from'));
    expect(() => readTransferFlags({}, env)).toThrow(missing('--from'));
    expect(() => readTransferFlags({ from: './a' }, {})).toThrow(missing('--to'));
  });
});

it('reads lists with and without blanks', () => {
  const flags = { ...ends, only: 'content, files', excludeContentTypes: 'api::a.a,api::b.b' };
  expect(readTransferFlags(flags, {})).toMatchObject({
    only: ['content', 'files'],
    excludeContentTypes: ['api::a.a', 'api::b.b'],
  });
});

it('takes media-library for the files and their rows, as Strapi does', () => {
  const flags = { ...ends, exclude: 'config,media-library', excludeContentTypes: 'api::a.a' };
  expect(readTransferFlags(flags, {})).toMatchObject({
    exclude: ['config', 'files'],
    excludeContentTypes: ['api::a.a', 'plugin::upload.file', 'plugin::upload.folder'],
  });
});

it('reads the limits of messages and of the link, and the throttle', () => {
  const flags = {
    ...ends,
    throttle: '20',
    retryMessageTimeout: '100',
    retryMessageMaxRetries: '0',
    heartbeatTimeout: '5000',
    busyTimeout: '6000',
    dryRun: true,
  };
  expect(readTransferFlags(flags, {})).toMatchObject({
    throttle: 20,
    dryRun: true,
    retryMessageOptions: { retryMessageTimeout: 100, retryMessageMaxRetries: 0 },
    connectionOptions: { heartbeatTimeout: 5000, busyTimeout: 6000 },
  });
});

it.each([
  [{ only: 'media' }, '--only'],
  [{ only: 'media-library' }, '--only'],
  [{ exclude: 'content,everything' }, '--exclude'],
  [{ schemaStrategy: 'exact' }, '--schema-strategy'],
  [{ throttle: '1s' }, '--throttle'],
  [{ retryMessageTimeout: '' }, '--retry-message-timeout'],
  [{ retryMessageTimeout: '-1' }, '--retry-message-timeout'],
  [{ retryMessageMaxRetries: '1.5' }, '--retry-message-max-retries'],
  [{ heartbeatTimeout: '0x10' }, '--heartbeat-timeout'],
  [{ busyTimeout: ' 5' }, '--busy-timeout'],
])('refuses %j and names the flag', (flags, option) => {
  expect(() => readTransferFlags({ ...ends, ...flags }, {})).toThrow(
    expect.objectContaining({ code: 'INVALID_OPTION', message: expect.stringContaining(option) }),
  );
});
