import { describe, expect, test } from 'vitest';
import { parseProxy, secretsOfProxy } from '../../../../src/transport/proxy/proxy.js';

const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

describe('the address of a proxy', () => {
  test.each([
    ['proxy:3128', 'http://proxy:3128', 'proxy', 3128, null],
    ['http://proxy', 'http://proxy:80', 'proxy', 80, null],
    ['https://proxy', 'https://proxy:443', 'proxy', 443, null],
    ['HTTP://Proxy:8080/', 'http://proxy:8080', 'proxy', 8080, null],
    [' http://10.0.0.1:3128 ', 'http://10.0.0.1:3128', '10.0.0.1', 3128, null],
    ['http://[2001:db8::1]:3128', 'http://[2001:db8::1]:3128', '2001:db8::1', 3128, null],
    ['http://me:secret@proxy:3128', 'http://proxy:3128', 'proxy', 3128, basic('me:secret')],
    ['me:secret@proxy:3128', 'http://proxy:3128', 'proxy', 3128, basic('me:secret')],
    ['http://me@proxy:3128', 'http://proxy:3128', 'proxy', 3128, basic('me:')],
    ['http://me:a%40b%3Ac@proxy:3128', 'http://proxy:3128', 'proxy', 3128, basic('me:a@b:c')],
    ['http://me:50%@proxy:3128', 'http://proxy:3128', 'proxy', 3128, basic('me:50%')],
    ['http://me:gr%C3%BCn@proxy:3128', 'http://proxy:3128', 'proxy', 3128, basic('me:grün')],
  ])('%s', (address, name, host, port, authorization) => {
    expect(parseProxy(address)).toMatchObject({ name, host, port, authorization });
  });

  test.each([
    ['socks5://me:planted-7c1@proxy:1080', 'HTTPS_PROXY cannot be socks5://proxy:1080'],
    ['socks5h://proxy:1080', 'not through socks5h'],
    ['ftp://me:planted-7c1@proxy', 'not through ftp'],
    ['http://me:planted-7c1@', 'it is no address'],
    ['http://me:planted-7c1@proxy:99999', 'it is no address'],
    ['me:planted 7c1', 'it is no address'],
    ['', 'it is no address'],
  ])('%j is none, and its password is not told', (address, words) => {
    const parse = () => parseProxy(address, 'HTTPS_PROXY');
    expect(parse).toThrow(words);
    expect(parse).toThrow(/^(?!.*planted)/s);
  });
});

test('the secrets of an address are its user, its password, and what goes over the line', () => {
  expect(secretsOfProxy('http://me:a%40b@proxy:3128')).toEqual([
    'me:a%40b',
    'a%40b',
    'a@b',
    basic('me:a@b').slice('Basic '.length),
  ]);
  for (const address of [undefined, '', 'proxy:3128', 'http://proxy/@']) {
    expect(secretsOfProxy(address)).toEqual([]);
  }
});
