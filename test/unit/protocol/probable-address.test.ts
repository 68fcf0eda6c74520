import { describe, expect, test } from 'vitest';
import { isServerUrl } from '../../../src/protocol/admin-url.js';
import { probableAddress } from '../../../src/protocol/probable-address.js';

/** Every way that people write an address without being understood, and what they mean. */
const spellings = [
  ['cms.example.com/admin', 'https://cms.example.com/admin'],
  ['cms.example.com/a/b/admin/', 'https://cms.example.com/a/b/admin/'],
  ['CMS.Example.COM/admin', 'https://CMS.Example.COM/admin'],
  ['müller.example/admin', 'https://müller.example/admin'],
  ['xn--mller-kva.xn--p1ai/admin', 'https://xn--mller-kva.xn--p1ai/admin'],
  ['cms.example.com:443/admin', 'https://cms.example.com:443/admin'],
  ['cms.example.com:1337/admin', 'http://cms.example.com:1337/admin'],
  ['cms.example.com:1337', 'http://cms.example.com:1337/admin'],
  ['strapi_1:1337/admin', 'http://strapi_1:1337/admin'],
  ['strapi:1337/admin', 'http://strapi:1337/admin'],
  ['127.0.0.1:2201/admin', 'http://127.0.0.1:2201/admin'],
  ['127.0.0.1:2201', 'http://127.0.0.1:2201/admin'],
  ['10.0.0.7/admin', 'https://10.0.0.7/admin'],
  ['10.0.0.7', 'https://10.0.0.7/admin'],
  ['[::1]:1337/admin', 'http://[::1]:1337/admin'],
  ['[2001:db8::7]/admin', 'https://[2001:db8::7]/admin'],
  ['localhost/admin', 'http://localhost/admin'],
  ['localhost', 'http://localhost/admin'],
  ['www.example.com', 'https://www.example.com/admin'],
  ['me@cms.example.com/admin', 'https://cms.example.com/admin'],
  ['me:secret@cms.example.com/admin', 'https://cms.example.com/admin'],
  ['//cms.example.com/admin', 'https://cms.example.com/admin'],
  ['//host/admin', 'https://host/admin'],
  ['://cms.example.com/admin', 'https://cms.example.com/admin'],
  ['http//cms.example.com/admin', 'http://cms.example.com/admin'],
  ['https;//cms.example.com/admin', 'https://cms.example.com/admin'],
  ['htps://cms.example.com/admin', 'https://cms.example.com/admin'],
  ['http://https://cms.example.com/admin', 'https://cms.example.com/admin'],
  ['ws://cms.example.com/admin', 'http://cms.example.com/admin'],
  ['URL=https://cms.example.com/admin', 'https://cms.example.com/admin'],
  ['"http://cms.example.com/admin"', 'http://cms.example.com/admin'],
  ["'https://cms.example.com/admin'", 'https://cms.example.com/admin'],
  ['“https://cms.example.com/admin”', 'https://cms.example.com/admin'],
  ['<https://cms.example.com/admin>', 'https://cms.example.com/admin'],
  ['`cms.example.com/admin`', 'https://cms.example.com/admin'],
  ['"cms.example.com/admin";', 'https://cms.example.com/admin'],
  [' https://cms.example.com/admin', 'https://cms.example.com/admin'],
  ['\thttps://cms.example.com/admin', 'https://cms.example.com/admin'],
  ['\u00a0https://cms.example.com/admin', 'https://cms.example.com/admin'],
  ['\u200bhttps://cms.example.com/admin', 'https://cms.example.com/admin'],
  ['\ufeffhttps://cms.example.com/admin', 'https://cms.example.com/admin'],
  ['cms.example.com/admin\r\n', 'https://cms.example.com/admin'],
  ['cms.example.com/admin?x=1#y', 'https://cms.example.com/admin'],
  ['cms.example.com\\admin', 'https://cms.example.com/admin'],
] as const;

describe('a text that is an address in all but its spelling', () => {
  test.each(spellings)('%j is probably %s', (text, address) => {
    expect(probableAddress(text)).toBe(address);
  });

  test.each(spellings)('%j is no path of a folder: what it probably is, is an address', (_, address) => {
    expect(isServerUrl(address)).toBe(true);
  });
});

describe('the path of a folder or an archive', () => {
  test.each([
    'content',
    'my content',
    'backups/2026-11-29',
    'cms.example.com',
    'site.backup',
    'v1.2/content',
    'cms.example.com/backup.tar.gz',
    'cms.example.com/backup.tar.age',
    'backup.tar.gz',
    './cms.example.com/admin',
    './https://example.com',
    '../cms.example.com/admin',
    '/srv/cms.example.com/admin',
    '/127.0.0.1:1337/admin',
    '//content',
    '~/cms.example.com/admin',
    'c:\\cms.example.com\\admin',
    'C:/cms.example.com/admin',
    '\\\\server\\share',
    '.',
    '..',
    '.strapi/content',
    '2026.11/content',
    'a:b.txt',
    '',
    ' ',
    '/',
    '"',
  ])('%j is none', (path) => {
    expect(probableAddress(path)).toBeNull();
  });
});
