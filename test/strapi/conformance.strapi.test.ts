import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { createRemoteSource } from '../../src/client/remote-source.js';
import type { Concern } from '../../src/protocol/concern.js';
import { createMemoryStore } from '../../src/stores/memory.js';
import { oneOfEach } from '../../src/testing/conformance/one-of-each.js';
import { type ClientByUrl, testClientByUrl } from '../../src/testing/conformance/test-client.js';
import { testServer } from '../../src/testing/conformance/test-server.js';
import { createTransfer } from '../../src/transfer/create-transfer.js';
import { deviationsOfClient } from './differential/client-deviations.js';
import { avoidedOfStrapi, deviationsOfPaths } from './differential/conformance.js';
import { deviations } from './differential/deviations.js';
import { createPlayedClients } from './harness/played-client.js';
import { type StrapiInstance, startStrapi } from './harness/strapi.js';

const author = (id: number) => ({
  type: 'api::author.author',
  id,
  data: { documentId: `kit${id}`, name: `kit ${id}` },
});

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
      content: { entities: [1, 2].map(author) },
      deviations: deviationsOfPaths,
      patience: 5000,
    });
    for (const { name, run } of suite.cases) test(name, run);

    test('gives all to a pull that says what it is concerned with', async () => {
      const pulled = async (concern?: Concern) => {
        const from = createRemoteSource({ url: strapi.adminUrl, token: strapi.tokens.pull, concern });
        return (await createTransfer({ from, to: createMemoryStore().destination() }).done).counts;
      };
      expect(await pulled({ 'api::author.author': { documents: ['kit1'], values: {} } })).toEqual(
        await pulled(),
      );
    });

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
  const client = createPlayedClients('current', 5);
  beforeAll(() => client.start());
  afterAll(() => client.stop());

  const played = (options: Partial<ClientByUrl>, content = oneOfEach) =>
    testClientByUrl({
      async run(about) {
        const error = await client.run(about, content);
        if (error !== null) throw new Error(error);
      },
      deviations: deviationsOfClient,
      patience: 5000,
      retryMessageOptions: { retryMessageTimeout: 200 },
      ...options,
    });
  const suites = [
    played({}),
    played({ directions: ['pull'], requests: () => ['end'] }),
    played({ directions: ['push'], requests: () => ['links.end'] }, { ...oneOfEach, links: [] }),
  ];
  // It waits 120 s thirty times for the answer to this one, whatever it is told.
  const waits = ({ name }: { readonly name: string }) => /^pull: assets.start, .*silence/.test(name);
  describe.concurrent.each([
    ['something in every stage', 0],
    ['the end of a pull', 1],
    ['a push without links', 2],
  ])('%s', (_, index) => {
    const cases = suites[index]?.cases.filter((one) => !waits(one)) ?? [];
    for (const { name, run } of cases) test(name, run);
  });

  test('has met every deviation that is listed, and each is in docs/strapi-differences.md', () => {
    const met = suites.flatMap(({ deviated }) => [...deviated]);
    for (const [name, cases] of met) console.log(`${name}: ${cases.length}, such as ${cases[0]}`);
    const names = deviationsOfClient.map(({ name }) => name).sort();
    expect([...new Set(met.map(([name]) => name))].sort()).toEqual(names);
    const page = readFileSync(new URL('../../docs/strapi-differences.md', import.meta.url), 'utf8');
    const [, section = ''] = /^## Differences that the kit finds$(.*?)^## /ms.exec(page) ?? [];
    const documented = [...section.matchAll(/^\| \*\*(.+?)\*\* \|/gm)].map(([, name]) => name);
    expect(documented.sort()).toEqual(names);
  });
});
