import { expect, test } from 'vitest';
import { proxyFor } from '../../../src/doctor/proxy-variable.js';

const https = new URL('https://cms.example.com/admin');
const http = new URL('http://cms.example.com:1337/admin');

test.each([
  [https, { HTTPS_PROXY: 'http://proxy:3128' }, 'HTTPS_PROXY'],
  [https, { https_proxy: 'http://proxy:3128', HTTPS_PROXY: 'http://other' }, 'https_proxy'],
  [https, { ALL_PROXY: 'http://proxy:3128' }, 'ALL_PROXY'],
  [http, { http_proxy: 'http://proxy:3128' }, 'http_proxy'],
  [https, { HTTPS_PROXY: 'http://proxy:3128', NO_PROXY: 'example.org,localhost' }, 'HTTPS_PROXY'],
  [https, { HTTPS_PROXY: 'http://proxy:3128', NO_PROXY: 'ample.com' }, 'HTTPS_PROXY'],
])('%s with %j: %s counts', (url, env, name) => {
  expect(proxyFor(url, env)).toEqual({ name, proxy: 'http://proxy:3128' });
});

test.each([
  [https, {}],
  [https, { HTTP_PROXY: 'http://proxy:3128' }],
  [http, { HTTPS_PROXY: 'http://proxy:3128' }],
  [http, { HTTP_PROXY: ' ' }],
  [http, { HTTP_PROXY: 'http://proxy:3128', NO_PROXY: '*' }],
  [http, { HTTP_PROXY: 'http://proxy:3128', no_proxy: 'localhost, .example.com' }],
  [http, { HTTP_PROXY: 'http://proxy:3128', no_proxy: 'CMS.example.com:1337' }],
  [new URL('http://[::1]:1337/admin'), { HTTP_PROXY: 'http://proxy:3128', no_proxy: '::1' }],
])('%s with %j: none counts', (url, env) => {
  expect(proxyFor(url, env)).toBeNull();
});

test.each(['http://user:secret@proxy:3128', 'user:secret@proxy:3128'])(
  '%s is told without its password',
  (proxy) => {
    expect(proxyFor(https, { HTTPS_PROXY: proxy })?.proxy).toMatch(/^(http:\/\/)?proxy:3128$/);
  },
);
