import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { testServer } from '../../src/testing/conformance/test-server.js';
import { avoidedOfStrapi, deviationsOfPaths } from './differential/conformance.js';
import { deviations } from './differential/deviations.js';
import { type StrapiInstance, startStrapi } from './harness/strapi.js';

describe.each(['current', 'older'] as const)(
  'a real Strapi (%s) walks the lifecycle chart, but for its known deviations',
  (version) => {
    let strapi: StrapiInstance;
    beforeAll(async () => {
      strapi = await startStrapi({ version });
    });
    afterAll(() => strapi?.stop());

    const suite = testServer({
      connect: ({ direction }) =>
        new WebSocket(`${strapi.adminUrl.replace('http', 'ws')}/transfer/runner/${direction}`, {
          headers: { Authorization: `Bearer ${strapi.tokens.full}` },
        }),
      steps: ['entities', 'links'],
      avoid: avoidedOfStrapi,
      deviations: deviationsOfPaths,
      patience: 15_000,
    });
    for (const { name, run } of suite.cases) test(name, run);

    test('has met every deviation that is listed, and each is one of the differential test', () => {
      for (const [name, cases] of suite.deviated)
        console.log(`${name}: ${cases.length}, such as ${cases[0]}`);
      console.log(`left out: ${suite.leftOut.length}`);
      const names = deviationsOfPaths.map(({ name }) => name);
      expect(names.filter((name) => !suite.deviated.has(name))).toEqual([]);
      expect(deviations.map(({ name }) => name)).toEqual(expect.arrayContaining(names));
    });
  },
);
