import { readdir } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { restoreNothing } from '../../../src/protocol/restore.js';
import { openRaw, say } from '../../support/raw-client.js';
import {
  type Declared,
  type StrapiWithPlugin,
  startStrapiWithPlugin,
  type WithPluginOptions,
} from '../support/strapi-with-plugin.js';
import { upgradeOutcome } from '../support/upgrade-outcome.js';

/** What of a Strapi could differ for a visitor, an operator or its database. */
async function lookOf(strapi: StrapiWithPlugin) {
  const answer = async (path: string, headers = {}) => {
    const response = await fetch(`http://127.0.0.1:${strapi.port}${path}`, { headers });
    return [response.status, (await response.text()).slice(0, 300)];
  };
  const bearer = { Authorization: `Bearer ${strapi.tokens.full}` };
  const { strapi_core_store_settings: settings = [] } = await strapi.tables();
  return {
    routes: await strapi.inside<string[]>('routes'),
    tables: await strapi.inside<string[]>('tableNames'),
    actions: await strapi.inside<string[]>('actions'),
    granted: await strapi.inside<string[]>('grantedActions'),
    settings: settings.map(({ key }) => key).sort(),
    files: (await Promise.all([strapi.appDir, strapi.uploadsDir].map((folder) => readdir(folder))))
      .flat()
      .sort(),
    upgradeListeners: await strapi.inside<number>('upgradeListeners'),
    answers: [
      await answer('/ferry/transfers'),
      await answer('/ferry/transfer/runner/pull'),
      await answer('/admin/transfer/runner/pull'),
      await answer('/admin/transfer/runner/pull', bearer),
      await answer('/admin/transfer/runner/push', bearer),
      await answer('/admin/transfer/runner/sideways', bearer),
    ],
  };
}

async function lookAt(options: WithPluginOptions) {
  const strapi = await startStrapiWithPlugin(options);
  try {
    const look = await lookOf(strapi);
    return {
      look,
      said: strapi
        .output()
        .split('\n')
        .filter((line) => line.includes('[Ferry]')),
    };
  } finally {
    await strapi.stop();
  }
}

let without: Awaited<ReturnType<typeof lookAt>>;
beforeAll(async () => {
  without = await lookAt({ installed: false });
});

describe('a site that has the package without the plugin is as one without the package', () => {
  test.each<readonly [string, Declared | undefined, RegExp | null]>([
    ['config/plugins says nothing of it', undefined, null],
    [
      'it is a dependency with options, and is not enabled',
      { config: { replaceBuiltIn: false } },
      /stays off/,
    ],
    ['enabled is no true', { enabled: 'yes' }, /stays off/],
    ['an option is misspelt', { enabled: true, config: { replaceBuiltin: false } }, /replaceBuiltin/],
  ])('%s', async (_, ferry, said) => {
    const { look, said: lines } = await lookAt({ ferry });
    expect(look).toEqual(without.look);
    if (said === null) expect(lines).toEqual([]);
    else expect(lines).toEqual([expect.stringMatching(said)]);
  });
});

test('a site that had it on, and used it, is as one that never had it', async () => {
  const on = await startStrapiWithPlugin();
  onTestFinished(() => on.stop());
  const url = `ws://127.0.0.1:${on.port}/admin/transfer/runner`;
  const push = await openRaw(`${url}/push`, on.tokens.push);
  const options = { strategy: 'restore', restore: restoreNothing };
  for (const message of [
    say.command('init', { transfer: 'push', options }),
    ...['bootstrap', 'beforeTransfer', 'close'].map((action) => say.action(action)),
  ])
    expect((await push.ask(message, 20_000)).error).toBeNull();
  expect(await upgradeOutcome(`${url}/pull`, on.tokens.pull)).toBe('open');
  expect(await on.inside('grantedActions')).toContain('plugin::ferry.read');
  process.kill(on.pid ?? 0, 'SIGTERM');
  await on.exited;
  const { look, said } = await lookAt({ appDir: on.appDir, ferry: { enabled: false } });
  expect(look).toEqual(without.look);
  expect(said).toEqual([]);
});

describe.each<readonly [string, WithPluginOptions]>([
  ['{enabled: true}', {}],
  ['true', { ferry: true }],
  ['{enabled: true} of the environment', { file: 'env/production/plugins.js' }],
])('%s switches it on', (_, options) => {
  let strapi: StrapiWithPlugin;
  beforeAll(async () => {
    strapi = await startStrapiWithPlugin(options);
  });
  afterAll(() => strapi?.stop());

  test('adds two routes, two actions of roles and a listener, and no table; HTTP answers stay', async () => {
    const look = await lookOf(strapi);
    const added = (name: 'routes' | 'actions' | 'granted') =>
      look[name].filter((one) => !without.look[name].includes(one));
    expect(added('routes')).toEqual([
      'GET /ferry/transfers',
      'HEAD /ferry/transfers',
      'POST /ferry/transfers/:id/stop',
    ]);
    expect(added('actions')).toEqual(['plugin::ferry.read', 'plugin::ferry.stop']);
    expect(added('granted')).toEqual(['plugin::ferry.read', 'plugin::ferry.stop']);
    expect(look.tables).toEqual(without.look.tables);
    expect(look.upgradeListeners).toBe(without.look.upgradeListeners + 1);
    expect(look.answers.slice(2)).toEqual(without.look.answers.slice(2));
    expect(look.answers[0]?.[0]).toBe(401);
  });
});

test('a Strapi 5.52.3 has it too', async () => {
  const strapi = await startStrapiWithPlugin({ version: 'older', content: 'hard' });
  onTestFinished(() => strapi.stop());
  const url = `ws://127.0.0.1:${strapi.port}/admin/transfer/runner/pull`;
  expect(await upgradeOutcome(url, strapi.tokens.pull)).toBe('open');
  expect(await strapi.inside('actions')).toContain('plugin::ferry.read');
  expect(strapi.output()).toContain('[Ferry] pull by');
});
