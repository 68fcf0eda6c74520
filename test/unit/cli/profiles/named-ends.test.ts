import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type EndFlags, withNamedEnds } from '../../../../src/cli/profiles/named-ends.js';
import type { Prompts } from '../../../../src/cli/prompts.js';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ferry-names-'));
  const ends = {
    staging: { url: 'https://staging.example.com/admin', token: 'STRAPI_TRANSFER_STAGING_TOKEN' },
    production: { url: 'https://cms.example.com/admin', token: 'STRAPI_TRANSFER_PRODUCTION_TOKEN' },
    local: { url: 'http://localhost:1337/admin' },
    nightly: { path: 'nightly.tar.gz.age', key: 'STRAPI_TRANSFER_NIGHTLY_KEY' },
    content: { path: 'content' },
    lookalike: { url: 'https://cms.exаmple.com/admin' },
  };
  await writeFile(join(folder, 'ferry.json'), JSON.stringify({ ends }));
  await mkdir(join(folder, 'content'));
});
afterAll(() => rm(folder, { recursive: true }));

const slots: readonly EndFlags[] = [
  { end: 'from', token: 'fromToken', key: 'fromKey', tokenFlag: '--from-token' },
  { end: 'to', token: 'toToken', key: 'toKey', tokenFlag: '--to-token' },
];
const env = { STRAPI_TRANSFER_STAGING_TOKEN: 'planted-s', STRAPI_TRANSFER_PRODUCTION_TOKEN: 'planted-p' };

/** A person, or none, who answers each question so. */
function asking(answer: boolean | null, trusted: readonly string[] = []) {
  const known = new Set(trusted);
  const questions: string[] = [];
  const confirm = async (sentence: string) => {
    questions.push(sentence);
    return answer === true;
  };
  const ask = answer === null ? null : ({ confirm } as Prompts);
  const hosts = {
    has: async (one: string) => known.has(one),
    add: async (one: string) => void known.add(one),
  };
  return { known, questions, setting: () => ({ folder, hosts, ask, because: 'stdin is no terminal' }) };
}

const all = ['https://staging.example.com', 'https://cms.example.com', 'http://localhost:1337'];
const resolved = (flags: Record<string, unknown>, by = asking(null, all), given: object = env) =>
  withNamedEnds(flags, slots, given as typeof env, by.setting);

describe('a name of ferry.json', () => {
  test('stands for its server and its token', async () => {
    expect(await resolved({ from: 'staging', to: 'production', force: true })).toEqual({
      from: 'https://staging.example.com/admin',
      fromToken: 'planted-s',
      to: 'https://cms.example.com/admin',
      toToken: 'planted-p',
      force: true,
    });
  });

  test('stands for its path and its password', async () => {
    const given = { STRAPI_TRANSFER_NIGHTLY_KEY: 'planted-k' };
    expect(await resolved({ from: 'nightly', to: './x' }, asking(null), given)).toEqual({
      from: join(folder, 'nightly.tar.gz.age'),
      fromKey: 'planted-k',
      to: './x',
    });
    expect(await resolved({ from: 'nightly' }, asking(null), {})).toEqual({
      from: join(folder, 'nightly.tar.gz.age'),
    });
  });

  test('comes after --token where it is the only server', async () => {
    const flags = { from: 'staging', to: './x', token: 'typed' };
    expect(await resolved(flags)).toEqual({ ...flags, from: 'https://staging.example.com/admin' });
    const two = { from: 'staging', to: 'production', token: 'typed' };
    expect(await resolved(two)).toMatchObject({ fromToken: 'planted-s', toToken: 'planted-p' });
  });

  test('comes after the flag of a token', async () => {
    expect(await resolved({ from: 'staging', fromToken: 'typed' }, undefined, {})).toMatchObject({
      fromToken: 'typed',
    });
  });

  test('whose variable is not set is told by that variable: no other token is sent in its place', async () => {
    const given = { STRAPI_TRANSFER_TOKEN: 'planted', STRAPI_TRANSFER_FROM_TOKEN: 'planted' };
    for (const one of [given, { ...given, STRAPI_TRANSFER_STAGING_TOKEN: '' }])
      await expect(resolved({ from: 'staging' }, undefined, one)).rejects.toMatchObject({
        code: 'MISSING_TOKEN',
        message: expect.stringMatching(/--token or in STRAPI_TRANSFER_STAGING_TOKEN/),
      });
  });

  test.each(['./staging', 'staging/', 'https://cms.example.com/admin', 'other', 'toString', '__proto__'])(
    'is not %s',
    async (end) => {
      expect(await resolved({ from: end, to: end })).toEqual({ from: end, to: end });
    },
  );

  test('that a folder has as well is refused, and ./ is always the folder', async () => {
    await expect(resolved({ to: 'content' })).rejects.toMatchObject({
      code: 'AMBIGUOUS_END',
      message: expect.stringContaining('Write ./content'),
    });
    expect(await resolved({ to: './content' })).toEqual({ to: './content' });
    const flags = await withNamedEnds(
      { url: 'content' },
      [{ end: 'url', isServer: true }],
      {},
      asking(null).setting,
    );
    expect(flags['url']).toBe(join(folder, 'content'));
  });
});

describe('the first use of a host', () => {
  test('asks, names the file, the host and the variable, and is remembered', async () => {
    const person = asking(true);
    await resolved({ from: 'staging', to: 'local' }, person);
    expect(person.questions).toHaveLength(2);
    for (const words of [
      join(folder, 'ferry.json'),
      'https://staging.example.com',
      'STRAPI_TRANSFER_STAGING_TOKEN',
    ])
      expect(person.questions[0]).toContain(words);
    await resolved({ from: 'staging', to: 'local' }, person);
    expect(person.questions).toHaveLength(2);
    expect([...person.known]).toEqual(['https://staging.example.com', 'http://localhost:1337']);
  });

  test('shows a host in letters of another alphabet as it goes over the line', async () => {
    const person = asking(true, all);
    await resolved({ from: 'lookalike' }, person);
    expect(person.questions[0]).toContain('https://cms.xn--exmple-4nf.com');
  });

  test('that is answered with no sends nothing, and is not remembered', async () => {
    const person = asking(false);
    await expect(resolved({ from: 'staging' }, person)).rejects.toMatchObject({ code: 'ABORTED' });
    expect(person.known.size).toBe(0);
  });

  test('without a terminal wants --trust-host, which the error spells out', async () => {
    await expect(resolved({ from: 'local' }, asking(null))).rejects.toMatchObject({
      code: 'HOST_NOT_TRUSTED',
      message: expect.stringMatching(/because stdin is no terminal\..*--trust-host http:\/\/localhost:1337/s),
    });
  });

  const flagsOf: readonly [string, string, boolean][] = [
    ['staging.example.com', 'staging', true],
    ['STAGING.example.com', 'staging', true],
    ['staging.example.com:443', 'staging', true],
    ['https://staging.example.com', 'staging', true],
    ['https://staging.example.com/admin', 'staging', true],
    ['http://localhost:1337', 'local', true],
    ['cms.example.com', 'staging', false],
    ['example.com', 'staging', false],
    ['*', 'staging', false],
    ['', 'staging', false],
    ['http://staging.example.com', 'staging', false],
    ['staging.example.com:8443', 'staging', false],
    ['staging.example.com@evil.example', 'staging', false],
    ['localhost', 'local', false],
    ['localhost:1337', 'local', false],
    ['http://localhost', 'local', false],
    ['cms.example.com', 'lookalike', false],
  ];
  test.each(flagsOf)('--trust-host %j, for %s: %s', async (trustHost, from, isTrusted) => {
    const nobody = asking(null);
    const ended = resolved({ from, trustHost: ['other.example', trustHost] }, nobody);
    if (isTrusted) await expect(ended).resolves.toBeTruthy();
    else await expect(ended).rejects.toMatchObject({ code: 'HOST_NOT_TRUSTED' });
    expect(nobody.known.size).toBe(0);
  });
});

test('a command without a name in it looks for no ferry.json', async () => {
  const setting = () => expect.unreachable();
  expect(await withNamedEnds({ from: './a', to: 'https://b.example/admin' }, slots, {}, setting)).toEqual({
    from: './a',
    to: 'https://b.example/admin',
  });
});
