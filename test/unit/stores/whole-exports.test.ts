import { describe, expect, test } from 'vitest';
import { createRemoteDestination } from '../../../src/client/remote-destination.js';
import { createLocalSource } from '../../../src/stores/index.js';
import { createMemoryFiles, type MemoryFiles } from '../../../src/testing/memory-files.js';
import { createScriptedPeer } from '../../../src/testing/scripted-peer.js';
import { kindOf, strapiScript } from '../../../src/testing/strapi-script.js';
import { createTransfer } from '../../../src/transfer/create-transfer.js';
import { type Entry, lines, packed, put, tarOf } from '../../support/archive-files.js';
import { TestClock } from '../../support/test-clock.js';

const page = (id: number | string) => ({ type: 'api::page.page', id, data: { title: `page ${id}` } });
const link = (from: number | string, to: number, field = 'parent') => ({
  kind: 'relation.basic',
  relation: 'manyToOne',
  left: { type: 'api::page.page', ref: from, field },
  right: { type: 'api::page.page', ref: to },
});
const core = (key: string) => ({ type: 'core-store', value: { key } });

type Parts = Readonly<Record<string, readonly unknown[]>>;

const whole: Parts = {
  'entities/entities_00001.jsonl': [page(1), page(2)],
  'entities/entities_00002.jsonl': [page(3), page(40_000), page('b')],
  'links/links_00001.jsonl': [link(1, 2), link(3, 1)],
  'links/links_00002.jsonl': [link(2, 1)],
  'configuration/configuration_00001.jsonl': [core('a'), core('b')],
};
const without = (pattern: RegExp): Parts =>
  Object.fromEntries(Object.entries(whole).filter(([name]) => !pattern.test(name)));

const entriesOf = (parts: Parts): readonly Entry[] => [
  ...Object.entries(parts).map(([name, rows]) => ({ name, content: lines(...rows) })),
  { name: 'metadata.json', content: '{"createdAt":"2026"}' },
];

async function asArchive(parts: Parts): Promise<MemoryFiles> {
  const files = createMemoryFiles();
  await put(files, '/data/x', await packed('tar', await tarOf(entriesOf(parts))));
  return files;
}

async function asFolder(parts: Parts): Promise<MemoryFiles> {
  const files = createMemoryFiles();
  for (const { name, content } of entriesOf(parts)) {
    await files.makeDirectory(`/data/x/${name.slice(0, Math.max(0, name.lastIndexOf('/')))}`);
    await files.write(`/data/x/${name}`, String(content));
  }
  return files;
}

/** Pushes it to a Strapi, and tells what that was asked, and how the push failed where it did. */
async function push(files: MemoryFiles) {
  const clock = new TestClock();
  const peer = createScriptedPeer({ clock, answer: strapiScript({ direction: 'push' }).answer });
  const to = createRemoteDestination({
    url: 'https://b.example/admin',
    token: 'secret',
    open: peer.open,
    clock,
  });
  const from = createLocalSource({ path: '/data/x', files });
  const { done } = createTransfer({ from, to, clock });
  const error = await done.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return { error, asked: peer.sent.map(kindOf) };
}

const first = (stage: string) => `${stage}/${stage}_00001.jsonl`;
const copied = (stage: string, name: string, parts: Parts = whole): Parts => ({
  ...parts,
  [`${stage}/${name}`]: parts[first(stage)] ?? [],
});
const many = Array.from({ length: 500 }, (_, id) => link(id, 1));

/** Exports of which each line can be read, and which are not whole all the same. */
const broken: readonly (readonly [string, Parts, string, RegExp])[] = [
  ...['entities', 'links', 'configuration'].flatMap((stage) =>
    [
      `${stage}_00001 (1).jsonl`,
      `${stage}_00001.jsonl.bak`,
      `${stage}_00001.jsonl~`,
      `${stage} - copy.jsonl`,
    ].map(
      (copy) =>
        [
          `a copy of its ${stage} called ${copy}`,
          copied(stage, copy),
          'REPEATED_ROWS',
          /is a copy of/,
        ] as const,
    ),
  ),
  [
    'a copy under the next number',
    copied('links', 'links_00003.jsonl', { ...whole, [first('links')]: many }),
    'REPEATED_ROWS',
    /links_00003\.jsonl is a copy of links\/links_00001\.jsonl/,
  ],
  ['no first row file', without(/entities_00001/), 'MISSING_ROWS', /row file 1 of its entities/],
  ['no first file of links', without(/links_00001/), 'MISSING_ROWS', /row file 1 of its links/],
  [
    'no second file of three',
    { ...without(/links_00002/), 'links/links_00003.jsonl': [link(2, 3)] },
    'MISSING_ROWS',
    /row file 2 of its links/,
  ],
  [
    'a row that is none in its last file',
    { ...whole, 'links/links_00003.jsonl': [{ secret: 1 }] },
    'BROKEN_LINE',
    /links_00003\.jsonl, line 1/,
  ],
];

describe.each(Object.entries({ archive: asArchive, folder: asFolder }))('an %s with', (_, make) => {
  test.each(broken)('%s is refused before a server is cleared', async (__, parts, code, words) => {
    const { error, asked } = await push(await make(parts));
    expect(error).toMatchObject({ code, message: expect.stringMatching(words) as string });
    expect(asked).not.toContain('beforeTransfer');
  });

  test.each<[string, Parts]>([
    ['all its rows', whole],
    [
      'rows that are the same in files that were cut small',
      { ...whole, 'links/links_00003.jsonl': [link(1, 2)], 'links/links_00004.jsonl': [link(1, 2)] },
    ],
    ['links of which some have no row', { ...whole, 'links/links_00003.jsonl': [link(99, 1), link(1, 98)] }],
    ['the same link twice', { ...whole, 'links/links_00003.jsonl': [link(1, 2), link(1, 2)] }],
    [
      'links of components, whose rows lie in others',
      {
        ...whole,
        'links/links_00001.jsonl': [
          { ...link(1, 2), left: { type: 'shared.a', ref: 5 }, right: { type: 'shared.b', ref: 6 } },
        ],
      },
    ],
    ['row files without a row', { ...whole, 'links/links_00003.jsonl': [], 'links/links_00004.jsonl': [] }],
    ['row files of its own names', { 'entities/pages.jsonl': [page(1)], 'entities/7.jsonl': [page(2)] }],
    ['no row at all', {}],
  ])('%s is pushed', async (__, parts) => {
    const { error, asked } = await push(await make(parts));
    expect(error).toBeUndefined();
    expect(asked).toContain('beforeTransfer');
  });
});

test('a row file that the system does not let read is told before a server is cleared', async () => {
  const files = await asFolder(whole);
  const denied = Object.assign(new Error('denied'), { code: 'EACCES' });
  const { error, asked } = await push({
    ...files,
    stream: (path, options) => {
      if (path.endsWith('links_00002.jsonl')) throw denied;
      return files.stream(path, options);
    },
  });
  expect(error).toMatchObject({
    code: 'STORE_FAILED',
    message: expect.stringContaining('permission denied'),
  });
  expect(asked).not.toContain('beforeTransfer');
});
