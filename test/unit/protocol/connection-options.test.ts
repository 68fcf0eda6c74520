import { expect, test } from 'vitest';
import {
  checkConnectionOptions,
  defaultConnectionOptions,
} from '../../../src/protocol/connection-options.js';

test('a limit that is given as undefined is the default, the caller’s own as well', () => {
  const longer = { ...defaultConnectionOptions, heartbeatTimeout: 60_000 };
  expect(checkConnectionOptions({ heartbeatTimeout: undefined })).toEqual(defaultConnectionOptions);
  expect(checkConnectionOptions({ heartbeatTimeout: undefined, closeTimeout: 7 }, longer)).toEqual({
    ...longer,
    closeTimeout: 7,
  });
});
