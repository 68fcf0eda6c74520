import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { Refusal } from '../../src/server/authentication.js';
import { createMemoryStore } from '../../src/stores/memory.js';
import { runServer } from '../support/transfer-servers.js';
import { strapiPull } from './harness/strapi-client.js';

it('tells Strapi’s client why `authenticate` does not let it in', async () => {
  const answers: Record<string, Refusal> = {
    stranger: { code: 'UNAUTHORIZED' },
    reader: { code: 'FORBIDDEN' },
    crowd: { code: 'TOO_MANY_ATTEMPTS' },
  };
  const scratch = await mkdtemp(join(tmpdir(), 'ferry-refused-'));
  onTestFinished(() => rm(scratch, { recursive: true }));
  const { admin: adminUrl, close } = await runServer({
    source: createMemoryStore().source,
    tokens: undefined,
    authenticate: (_request, _direction, { secret = '' }) => answers[secret] ?? { code: 'SERVER_FAILED' },
  });
  const said = async (token: string) => {
    const result = await strapiPull({ adminUrl, token }, join(scratch, token));
    return result.ok ? 'went well' : result.error;
  };
  const failed = 'Failed to initialize the connection: ';
  const all = await Promise.all([...Object.keys(answers), 'broken'].map(said));
  await close();
  expect(all).toEqual([
    `${failed}Authentication Error`,
    `${failed}Authorization Error`,
    `${failed}Unexpected server response 429`,
    `${failed}Unexpected server response 500`,
  ]);
});
