import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeDifference } from '../../../src/diff/content-difference.js';
import { diffContent } from '../../../src/diff/diff-content.js';
import { parseExactJson } from '../../../src/diff/exact-json.js';
import { defaultLimits } from '../../../src/protocol/limits.js';
import { createArchiveSource } from '../../../src/stores/archive/source.js';
import { createDirectorySource } from '../../../src/stores/directory/source.js';

let root = '';
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'ferry-exact-'));
});
afterAll(() => rm(root, { recursive: true }));

const uid = 'api::page.page';
const schema = {
  uid,
  attributes: {
    part: { type: 'component', component: 'a.part' },
    parts: { type: 'component', component: 'a.part' },
  },
};

/** The data of a row, or a setting, as JSON with a number in it. */
const places: Readonly<Record<string, (number: string) => { entity?: string; setting?: string }>> = {
  'a field': (number) => ({ entity: `{"size":${number}}` }),
  'a json field': (number) => ({ entity: `{"json":{"deep":[1,{"size":${number}}]}}` }),
  'an id that is content': (number) => ({ entity: `{"json":{"id":${number}}}` }),
  'a component': (number) => ({ entity: `{"part":{"id":1,"size":${number}}}` }),
  'a repeated component': (number) => ({ entity: `{"parts":[{"id":1},{"id":2,"size":${number}}]}` }),
  'behind a text like a number': (number) => ({
    entity: `{"text":"\\"9007199254740993\\\\","size":${number}}`,
  }),
  'a setting that is text': (number) => ({
    setting: `{"key":"plugin_x","type":"object","value":"{\\"size\\":${number}}"}`,
  }),
  'a setting that is a number': (number) => ({
    setting: `{"key":"plugin_x","type":"number","value":"${number}"}`,
  }),
  'a setting that was parsed': (number) => ({
    setting: `{"key":"plugin_x","type":"object","value":{"size":${number}}}`,
  }),
};

async function exported(name: string, { entity, setting }: { entity?: string; setting?: string }) {
  const folder = join(root, name);
  await rm(folder, { recursive: true, force: true });
  const lines = async (stage: string, line: string) => {
    await mkdir(join(folder, stage), { recursive: true });
    await writeFile(join(folder, stage, `${stage}_00001.jsonl`), `${line}\n`);
  };
  await mkdir(folder);
  await writeFile(join(folder, 'metadata.json'), '{}');
  await lines('schemas', JSON.stringify(schema));
  if (entity !== undefined) await lines('entities', `{"type":"${uid}","id":1,"data":${entity}}`);
  if (setting !== undefined) await lines('configuration', `{"type":"core-store","value":${setting}}`);
  return folder;
}

const compare = async (left: string, right: string) =>
  diffContent(createDirectorySource({ path: left }), createDirectorySource({ path: right }));

describe.each(Object.entries(places))('in %s', (_, place) => {
  it.each([
    ['9007199254740993', '9007199254740992'],
    ['-9007199254740993', '-9007199254740992'],
    ['12345678901234567891', '12345678901234567890'],
    ['1.00000000000000000001', '1'],
    ['1e400', '1e401'],
  ])('%s and %s differ', async (left, right) => {
    const { differences } = await compare(
      await exported('left', place(left)),
      await exported('right', place(right)),
    );
    expect(differences).toHaveLength(1);
    const [difference] = differences;
    if (difference !== undefined)
      expect(describeDifference(difference)).toContain(`left ${left} → right ${right}`);
  });

  it.each([
    ['9007199254740993', '9007199254740993'],
    ['9007199254740993', '9007199254740993.0'],
    ['9007199254740993', '9.007199254740993e15'],
    ['0.10', '0.1'],
    ['100000000000000000000', '1e20'],
  ])('%s and %s are equal', async (left, right) => {
    const { total } = await compare(
      await exported('left', place(left)),
      await exported('right', place(right)),
    );
    expect(total).toBe(0);
  });
});

it('an archive tells as a folder does', async () => {
  const at = async (name: string, number: string) => {
    const folder = await exported(name, { entity: `{"size":${number}}` });
    const path = `${folder}.tar`;
    execFileSync('tar', ['-cf', path, '-C', folder, 'schemas', 'entities', 'metadata.json']);
    return createArchiveSource({ path });
  };
  const { total } = await diffContent(await at('a', '9007199254740993'), await at('b', '9007199254740992'));
  expect(total).toBe(1);
});

it('a number is not its text', async () => {
  const [left, right] = ['{"size":9007199254740993}', '{"size":"9007199254740993"}'];
  const { total } = await compare(
    await exported('left', { entity: left }),
    await exported('right', { entity: right }),
  );
  expect(total).toBe(1);
});

it('leaves every other text as JSON has it', () => {
  for (const text of [
    '{"a":[1,-2.5e3,"9007199254740993"],"9007199254740993":null}',
    '"\\u0039"',
    '0',
    '1e21',
  ])
    expect(parseExactJson(text, defaultLimits)).toEqual(JSON.parse(text));
});
