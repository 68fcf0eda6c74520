import { describe, expect, test } from 'vitest';
import { isPortableFilename, isSafeFilename, safeFilename } from '../../../src/stores/asset-filename.js';

test.each([
  'a.png',
  'çığır_ŞÜİ.jpg',
  '😀.gif',
  '日本.txt',
  '.gitkeep',
  'con.fig'.replace('con', 'icon'),
  'console.log',
  'a..b',
  '-x',
  'x'.repeat(250),
])('takes %j', (name) => expect(safeFilename(name)).toBe(name));

test.each([
  '',
  '.',
  '..',
  '../a',
  'a/b',
  '/a',
  'a\\b',
  '..\\a',
  'a\0b',
  'a\nb',
  '\x7f',
  '\ud800',
  'a\udc00b',
  'x'.repeat(251),
  'ı'.repeat(126),
])('refuses %j', (name) => {
  expect(isSafeFilename(name)).toBe(false);
  expect(() => safeFilename(name)).toThrow(expect.objectContaining({ code: 'UNSAFE_FILENAME' }));
});

describe.each([
  ...['a:b.txt', 'C:a', 'a.', 'a ', ' ', '...', 'a?b*.png', 'a"b', 'a<b>|c'],
  ...['CON', 'con', 'Con.txt', 'PRN', 'aux.tar.gz', 'NUL', 'COM1', 'lpt9.x', 'COM¹', 'CONIN$'],
])('%j, which all systems but Windows hold,', (name) => {
  test('is taken where it is not Windows that holds it', () => {
    expect(safeFilename(name)).toBe(name);
    expect(safeFilename(name, { user: 0 })).toBe(name);
    expect(isPortableFilename(name)).toBe(false);
  });

  test('is refused on Windows, which knows no users', () => {
    expect(() => safeFilename(name, { user: undefined })).toThrow(
      expect.objectContaining({ code: 'UNSAFE_FILENAME' }),
    );
  });
});
