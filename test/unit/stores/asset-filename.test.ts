import { expect, test } from 'vitest';
import { isSafeFilename, safeFilename } from '../../../src/stores/asset-filename.js';

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
  '...',
  '../a',
  'a/b',
  '/a',
  'a\\b',
  '..\\a',
  'C:a',
  'a\0b',
  'a\nb',
  '\x7f',
  'a.',
  'a ',
  ' ',
  'CON',
  'con',
  'Con.txt',
  'PRN',
  'aux.tar.gz',
  'NUL',
  'COM1',
  'lpt9.x',
  'COM¹',
  'CONIN$',
  '\ud800',
  'a\udc00b',
  'x'.repeat(251),
  'ı'.repeat(126),
])('refuses %j', (name) => {
  expect(isSafeFilename(name)).toBe(false);
  expect(() => safeFilename(name)).toThrow(expect.objectContaining({ code: 'UNSAFE_FILENAME' }));
});
