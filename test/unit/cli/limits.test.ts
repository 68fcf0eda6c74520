import { expect, it } from 'vitest';
import { contentLimitWords, type LimitWords, readLimits, serverLimitWords } from '../../../src/cli/limits.js';
import { defaultLimits } from '../../../src/protocol/limits.js';
import { defaultServerLimits } from '../../../src/server/transfer-server.js';

it.each([
  ['content', contentLimitWords, defaultLimits],
  [
    'a server',
    serverLimitWords,
    { ...defaultServerLimits, lineBytes: defaultLimits.lineBytes, heldBytes: defaultLimits.heldBytes },
  ],
])('names every limit of %s, with the default that it has', (_, words, defaults) => {
  const told = Object.entries(words).map(([name, text]) => `${name}=${/\((\w+)\)$/.exec(text)?.[1]}`);
  expect(readLimits(told, words as LimitWords<string>)).toEqual(defaults);
});
