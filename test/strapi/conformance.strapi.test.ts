import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { oneOfEach } from '../../src/testing/conformance/one-of-each.js';
import { testClientByUrl } from '../../src/testing/conformance/test-client.js';
import { testServer } from '../../src/testing/conformance/test-server.js';
import { deviationsOfClient } from './differential/client-deviations.js';
import { avoidedOfStrapi, deviationsOfPaths } from './differential/conformance.js';
import { deviations } from './differential/deviations.js';
import { createPlayedClient } from './harness/played-client.js';
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

describe("Strapi's own client walks the dispatcher chart, but for its known deviations", () => {
  const client = createPlayedClient('current');
  const deaths: string[] = [];
  let leftTimers = 0;
  afterAll(() => client.stop());

  const suite = testClientByUrl({
    async run(about) {
      const { error, timers } = await client.run(about, oneOfEach);
      if (timers > 0) leftTimers += 1;
      if (error?.startsWith('uncaught: ')) deaths.push(error);
      if (error !== null) throw new Error(error);
    },
    deviations: deviationsOfClient,
  });
  // It waits 120 s thirty times for the answer to this one, whatever it is told.
  const waits = ({ name }: { readonly name: string }) => /^pull: assets.start, .*silence/.test(name);
  for (const { name, run } of suite.cases.filter((one) => !waits(one))) test(name, run);

  test('has met every deviation that is listed', () => {
    for (const [name, cases] of suite.deviated) console.log(`${name}: ${cases.length}, such as ${cases[0]}`);
    console.log(`timers left in ${leftTimers} transfers; deaths: ${deaths.join(', ')}`);
    const names = deviationsOfClient.map(({ name }) => name);
    expect(names.filter((name) => !suite.deviated.has(name))).toEqual([]);
  });
});
