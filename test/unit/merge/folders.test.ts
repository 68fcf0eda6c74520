import { describe, expect, test } from 'vitest';
import { realIds } from '../../../src/ports/ids.js';
import { createDirectoryDestination, createDirectorySource } from '../../../src/stores/index.js';
import { createMemoryStore } from '../../../src/stores/memory.js';
import { createMemoryFiles } from '../../../src/testing/memory-files.js';
import { createTransfer } from '../../../src/transfer/create-transfer.js';
import { createMerge } from '../../../src/transfer/merge/create-merge.js';
import type { MergeOptions } from '../../../src/transfer/merge/options.js';
import { type Library, libraryContent, libraryOf } from '../../support/media-library.js';
import { FILE, FOLDER, site } from '../../support/merge-rows.js';
import { contentIn } from '../../support/merge-sites.js';

interface Case {
  readonly theirs: Library;
  readonly ours: Library;
  readonly options?: Partial<MergeOptions>;
  /** What stands afterwards. */
  readonly expected: readonly string[];
}

const cases: Readonly<Record<string, Case>> = {
  'folders of both sites, with the same pathIds': {
    theirs: { press: { files: ['a'] }, logos: {} },
    ours: { team: { files: ['b'] }, events: { files: ['c'] } },
    expected: ['/events/', '/events/c', '/logos/', '/press/', '/press/a', '/team/', '/team/b'],
  },
  'folders within folders, with the same pathIds': {
    theirs: { press: {}, 'press/2026': { files: ['a'] }, 'press/2026/may': { files: ['b'] } },
    ours: { team: {}, 'team/old': {}, 'team/old/faces': { files: ['c'] } },
    expected: [
      ...['/press/', '/press/2026/', '/press/2026/a', '/press/2026/may/', '/press/2026/may/b'],
      ...['/team/', '/team/old/', '/team/old/faces/', '/team/old/faces/c'],
    ],
  },
  'folders that both sites made by hand': {
    theirs: { press: { files: ['a'] }, 'press/2026': { files: ['b'] } },
    ours: { events: {}, press: { files: ['c'] }, 'press/2026': { files: ['d'] }, 'events/2026': {} },
    expected: [
      ...['/events/', '/events/2026/', '/press/', '/press/2026/', '/press/2026/b', '/press/2026/d'],
      ...['/press/a', '/press/c'],
    ],
  },
  'a picture that both have, in folders that both made by hand': {
    theirs: { press: { files: ['a'] } },
    ours: { events: {}, press: { files: ['a'] } },
    expected: ['/events/', '/press/', '/press/a'],
  },
  'folders that both made by hand, later at the destination, where nothing is to be replaced': {
    theirs: { press: { files: ['a'] } },
    ours: { press: {} },
    options: { onConflict: 'fail' },
    expected: ['/press/', '/press/a'],
  },
  'a picture alone, whose folder both made by hand': {
    theirs: { press: {}, 'press/2026': { files: ['a'] } },
    ours: { events: {}, press: {}, 'press/2026': {} },
    options: { documents: [{ type: FILE, documentId: 'theirs-a' }] },
    expected: ['/events/', '/press/', '/press/2026/', '/press/2026/a'],
  },
  'a folder that was moved, with what lies in it at the destination': {
    theirs: { archive: { documentId: 'x' }, 'archive/press': { documentId: 'p', files: ['a'] } },
    ours: {
      press: { documentId: 'p', files: ['a', 'b'] },
      'press/2026': { files: ['c'] },
      'press/2026/may': { files: ['d'] },
      pressed: { files: ['e'] },
    },
    expected: [
      ...['/archive/', '/archive/press/', '/archive/press/2026/', '/archive/press/2026/c'],
      ...['/archive/press/2026/may/', '/archive/press/2026/may/d', '/archive/press/a', '/archive/press/b'],
      ...['/pressed/', '/pressed/e'],
    ],
  },
  'folders of which each was moved into another': {
    theirs: {
      c: { documentId: 'c' },
      'c/b': { documentId: 'b' },
      'c/b/a': { documentId: 'a', files: ['x'] },
    },
    ours: {
      a: { documentId: 'a' },
      'a/b': { documentId: 'b' },
      'a/b/c': { documentId: 'c', files: ['y'] },
      'a/b/c/own': { files: ['z'] },
    },
    expected: ['/c/', '/c/b/', '/c/b/a/', '/c/b/a/x', '/c/own/', '/c/own/z', '/c/y'],
  },
  'a folder whose own folder neither comes nor stands': {
    theirs: { press: {}, 'press/2026': { documentId: 'y', files: ['a'] } },
    ours: { events: {} },
    options: {
      documents: [
        { type: FOLDER, documentId: 'y' },
        { type: FILE, documentId: 'theirs-a' },
      ],
      allowMissingLinks: true,
    },
    expected: ['/2026/', '/2026/a', '/events/'],
  },
  'a folder that is renamed, and files of it that stay': {
    theirs: { news: { documentId: 'p' } },
    ours: { events: {}, press: { documentId: 'p', files: ['a'] } },
    expected: ['/events/', '/news/', '/news/a'],
  },
};

const path = '/data/content';
const ways = {
  'a store of rows': () => createMemoryStore(),
  'a store of lines': () => {
    const ports = { path, files: createMemoryFiles(), ids: realIds };
    return {
      source: () => createDirectorySource(ports),
      destination: () => createDirectoryDestination({ ...ports, force: true }),
    };
  },
};

describe.each(Object.entries(ways))('merged into %s', (_, storeOf) => {
  test.each(Object.entries(cases))('%s', async (__, { theirs, ours, options, expected }) => {
    const to = storeOf();
    const standing = createMemoryStore(site(libraryContent('ours', 1, ours, '2026-02-02T00:00:00.000Z')));
    await createTransfer({ from: standing.source(), to: to.destination() }).done;
    const coming = createMemoryStore(site(libraryContent('theirs', 1, theirs)));
    const merge = () => createMerge({ from: coming.source(), to, onConflict: 'replace', ...options }).done;
    await merge();
    expect(libraryOf(await contentIn(to.source()))).toEqual({ lines: expected, astray: [] });
    expect((await merge()).isUnchanged).toBe(true);
  });
});

describe('a plan says of what lies in no folder afterwards, since its own neither comes nor stands', () => {
  const folderOf = (documentId: string) => ({ type: FOLDER, documentId });
  const file = { type: FILE, documentId: 'theirs-a' };
  const moved = { archive: {}, 'archive/2026': { documentId: 'y' } };
  const press = { press: {}, 'press/2026': { documentId: 'y', files: ['a'] } };

  test.each<[string, Library, Library, MergeOptions['documents'], readonly string[]]>([
    ['a file that is new', { press: { files: ['a'] } }, { events: {} }, [file], ['theirs-a']],
    ['a folder that is new', press, { events: {} }, [folderOf('y')], ['y']],
    ['a folder that is replaced, in another one', press, moved, [folderOf('y')], ['y']],
    [
      'a file that is replaced',
      { press: { files: ['a'] } },
      { events: { files: ['a'] } },
      [file],
      ['theirs-a'],
    ],
    ['nothing where the folder comes', press, moved, [folderOf('theirs-press'), folderOf('y')], []],
    ['nothing where it stands', press, { press: {} }, [folderOf('y')], []],
    ['nothing where there is none', { '': { files: ['a'] } }, { events: {} }, [file], []],
    ['nothing of what stays as it is', press, press, [folderOf('y')], []],
  ])('%s', async (_, theirs, ours, documents, expected) => {
    const standing = createMemoryStore(site(libraryContent('ours', 1, ours)));
    const { plan } = await createMerge({
      from: createMemoryStore(site(libraryContent('theirs', 1, theirs))).source(),
      ...{ to: standing, documents, onConflict: 'replace', dryRun: true },
    }).done;
    const unplaced = plan.documents.filter(({ liesInNone }) => liesInNone);
    expect(unplaced.map(({ documentId }) => documentId)).toEqual(expected);
  });
});
