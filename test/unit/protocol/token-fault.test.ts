import { describe, expect, test } from 'vitest';
import { checkRemoteOptions } from '../../../src/client/options.js';
import { checkToken, tokenFault } from '../../../src/protocol/token-fault.js';

/** Every way that a token is damaged between the panel and the command. */
const damaged = [
  ['a line feed after it', 'abc\n', 'white space'],
  ['a carriage return after it', 'abc\r', 'white space'],
  ['the end of a Windows line', 'abc\r\n', 'white space'],
  ['a space before it', ' abc', 'white space'],
  ['a no-break space', 'abc\u00a0', 'white space'],
  ['a byte order mark', '\ufeffabc', 'white space'],
  ['nothing but spaces', '   ', 'white space'],
  ['a line break in it', 'ab\ncd', 'white space in it'],
  ['a tab in it', 'ab\tcd', 'white space in it'],
  ['a zero-width space', 'ab\u200bcd', 'characters in it'],
  ['a zero-width space after it', 'abc\u200b', 'characters in it'],
  ['a soft hyphen', 'ab\u00adcd', 'characters in it'],
  ['a letter that no header carries', 'abç', 'characters in it'],
  ['a control character', 'ab\u0000c', 'characters in it'],
  ['the word Bearer', 'Bearer abc', 'begins with "Bearer"'],
  ['the word bearer', 'bearer abc', 'begins with "Bearer"'],
  ['Bearer and a colon', 'Bearer:abc', 'begins with "Bearer"'],
  ['quotation marks', '"abc"', 'quotation mark'],
  ['single ones', "'abc'", 'quotation mark'],
  ['backticks', '`abc`', 'quotation mark'],
  ['typographic ones', '“abc”', 'quotation mark'],
  ['one before it', '"abc', 'quotation mark'],
  ['one after it', 'abc"', 'quotation mark'],
  ['the name of a variable', '$abc', 'name of a variable'],
  ['the name of a variable in braces', '$' + '{abc}', 'name of a variable'],
] as const;

describe.each(damaged)('a token with %s', (_, token, reason) => {
  test('cannot be one, and is not told', () => {
    expect(tokenFault(token)).toContain(reason);
    expect(tokenFault(token)).not.toContain('abc');
  });

  test('is refused before a socket opens, by pulls and pushes', () => {
    for (const scope of ['pull', 'push'] as const) {
      expect(() => checkRemoteOptions({ url: 'https://cms.example.com/admin', token }, scope)).toThrow(
        expect.objectContaining({
          code: 'INVALID_OPTION',
          message: expect.stringContaining(reason),
          details: expect.objectContaining({ option: 'token' }),
          row: expect.objectContaining({ exit: 2 }),
        }),
      );
    }
  });
});

test.each(['0123456789abcdef'.repeat(16), 'a-b_c.d~e+f/g=', 'x'])('%s may be one', (token) => {
  expect(tokenFault(token)).toBeNull();
  expect(() => checkToken(token, '--token')).not.toThrow();
});

test('no token is another fault, told elsewhere', () => {
  expect(() => checkToken('', '--token')).not.toThrow();
  expect(() => checkToken(undefined, '--token')).not.toThrow();
});
