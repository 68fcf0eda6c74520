import { describe, expect, test } from 'vitest';
import { proxyFor } from '../../../../src/transport/proxy/proxy-variable.js';

const proxy = 'http://proxy:3128';
const https = new URL('https://cms.example.com/admin');
const http = new URL('http://cms.example.com:1337/admin');

describe('the variable that counts', () => {
  test.each([
    [https, { HTTPS_PROXY: proxy }, 'HTTPS_PROXY'],
    [https, { https_proxy: proxy, HTTPS_PROXY: 'http://other' }, 'https_proxy'],
    [https, { https_proxy: '', HTTPS_PROXY: proxy }, 'HTTPS_PROXY'],
    [https, { ALL_PROXY: proxy }, 'ALL_PROXY'],
    [https, { all_proxy: proxy, ALL_PROXY: 'http://other' }, 'all_proxy'],
    [https, { HTTPS_PROXY: proxy, ALL_PROXY: 'http://other' }, 'HTTPS_PROXY'],
    [http, { http_proxy: proxy }, 'http_proxy'],
    [http, { HTTP_PROXY: 'proxy:3128' }, 'HTTP_PROXY'],
    [http, { HTTP_PROXY: 'http://other', http_proxy: proxy, REQUEST_METHOD: 'GET' }, 'http_proxy'],
  ])('of %s with %j is %s', (url, env, name) => {
    expect(proxyFor(url, env)).toMatchObject({ name, proxy });
  });

  test.each([
    [https, {}],
    [https, { HTTP_PROXY: proxy }],
    [http, { HTTPS_PROXY: proxy }],
    [http, { HTTP_PROXY: ' ' }],
    // A visitor of a web server chooses it there.
    [http, { HTTP_PROXY: proxy, REQUEST_METHOD: 'GET' }],
  ])('of %s with %j is none', (url, env) => {
    expect(proxyFor(url, env)).toBeNull();
  });
});

describe('NO_PROXY', () => {
  const named: readonly [string, string][] = [
    ['*', 'http://cms.example.com'],
    ['other.org,*', 'http://cms.example.com'],
    ['cms.example.com', 'http://cms.example.com'],
    ['CMS.Example.COM', 'http://cms.example.com'],
    ['cms.example.com.', 'http://cms.example.com'],
    ['cms.example.com', 'http://cms.example.com./admin'],
    ['example.com', 'http://cms.example.com'],
    ['.example.com', 'http://cms.example.com'],
    ['.example.com', 'http://example.com'],
    ['*.example.com', 'http://cms.example.com'],
    ['localhost, .example.com', 'http://cms.example.com'],
    ['localhost example.com', 'http://cms.example.com'],
    ['localhost,\texample.com,', 'http://cms.example.com'],
    ['example.com:1337', 'http://cms.example.com:1337'],
    ['example.com:80', 'http://cms.example.com'],
    ['example.com:443', 'https://cms.example.com'],
    ['bücher.example', 'http://xn--bcher-kva.example'],
    ['10.1.2.3', 'http://10.1.2.3:1337'],
    ['10.1.2.3:1337', 'http://10.1.2.3:1337'],
    ['10.0.0.0/8', 'http://10.1.2.3'],
    ['10.1.2.3/32', 'http://10.1.2.3'],
    ['0.0.0.0/0', 'http://10.1.2.3'],
    ['2001:db8::1', 'http://[2001:db8::1]:1337'],
    ['[2001:db8::1]', 'http://[2001:db8::1]:1337'],
    ['[2001:db8::1]:1337', 'http://[2001:db8::1]:1337'],
    ['2001:0DB8:0::1', 'http://[2001:db8::1]'],
    ['2001:db8::/32', 'http://[2001:db8::1]'],
    ['10.0.0.0/8', 'http://[::ffff:10.1.2.3]'],
  ];
  test.each(named)('%s names %s', (list, url) => {
    for (const name of ['no_proxy', 'NO_PROXY'])
      expect(proxyFor(new URL(url), { ALL_PROXY: proxy, [name]: list })).toBeNull();
  });

  const others: readonly [string, string][] = [
    ['', 'http://cms.example.com'],
    [' , ,', 'http://cms.example.com'],
    ['ample.com', 'http://cms.example.com'],
    ['cms.example.com', 'http://example.com'],
    ['cms.example', 'http://cms.example.com'],
    ['.', 'http://cms.example.com'],
    ['example.com:8080', 'http://cms.example.com:1337'],
    ['example.com:1337', 'http://cms.example.com'],
    ['http://cms.example.com', 'http://cms.example.com'],
    ['10.1.2', 'http://10.1.2.3'],
    ['2.3', 'http://10.1.2.3'],
    ['11.0.0.0/8', 'http://10.1.2.3'],
    ['10.0.0.0/99', 'http://10.1.2.3'],
    ['10.0.0.0/', 'http://10.1.2.3'],
    ['10.0.0.0/x', 'http://10.1.2.3'],
    ['10.0.0.0/-1', 'http://10.1.2.3'],
    ['2001:db8::2', 'http://[2001:db8::1]'],
    ['[2001:db8::1]:80', 'http://[2001:db8::1]:1337'],
    ['2001:db8::/129', 'http://[2001:db8::1]'],
    ['[', 'http://[2001:db8::1]'],
  ];
  test.each(others)('%j does not name %s', (list, url) => {
    expect(proxyFor(new URL(url), { ALL_PROXY: proxy, NO_PROXY: list })).not.toBeNull();
  });

  test('in lower case comes first, where it is not empty', () => {
    const env = { ALL_PROXY: proxy, NO_PROXY: '*' };
    expect(proxyFor(http, { ...env, no_proxy: 'other.org' })).not.toBeNull();
    expect(proxyFor(http, { ...env, no_proxy: '' })).toBeNull();
  });
});

test.each(['localhost', 'LOCALHOST', '127.0.0.1', '127.9.9.9', '[::1]', '[::ffff:127.0.0.1]'])(
  'what goes to %s goes to no proxy: a token for this machine passes no network',
  (host) => {
    for (const scheme of ['http', 'https'])
      expect(proxyFor(new URL(`${scheme}://${host}:1337/admin`), { ALL_PROXY: proxy })).toBeNull();
  },
);
