import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'vitest';
import {
  createArchiveDestination,
  createArchiveSource,
  createDirectoryDestination,
  createDirectorySource,
  createMemoryStore,
} from '../../../src/stores/index.js';
import { createMemoryFiles } from '../../../src/testing/memory-files.js';
import { storeContract } from '../../../src/testing/store-contract.js';

describe('the memory store', () => {
  for (const { name, run } of storeContract(() => createMemoryStore())) test(name, run);
});

describe('the directory store over files in memory', () => {
  const cases = storeContract(() => {
    const options = { path: '/data/content', files: createMemoryFiles() };
    return {
      source: () => createDirectorySource(options),
      destination: () => createDirectoryDestination({ ...options, force: true }),
    };
  });
  for (const { name, run } of cases) test(name, run);
});

describe('the directory store on the disk', () => {
  const cases = storeContract(async () => {
    const parent = await mkdtemp(join(tmpdir(), 'ferry-'));
    const path = join(parent, 'content');
    return {
      source: () => createDirectorySource({ path }),
      destination: () => createDirectoryDestination({ path, force: true }),
      dispose: () => rm(parent, { recursive: true }),
    };
  });
  for (const { name, run } of cases) test(name, run);
});

describe.each(['tar', 'tar.gz', 'tar.enc', 'tar.gz.enc', 'tar.age', 'tar.gz.age'])(
  'the archive store, content.%s, over files in memory',
  (format) => {
    const cases = storeContract(() => {
      const key = /enc|age/.test(format) ? { key: 'correct horse' } : {};
      const options = { path: `/data/content.${format}`, files: createMemoryFiles(), ...key };
      return {
        source: () => createArchiveSource(options),
        destination: () => createArchiveDestination({ ...options, force: true, ageWorkFactor: 4 }),
      };
    });
    for (const { name, run } of cases) test(name, run);
  },
);

describe('the archive store on the disk', () => {
  const cases = storeContract(async () => {
    const parent = await mkdtemp(join(tmpdir(), 'ferry-'));
    const options = { path: join(parent, 'content.tar.gz.enc'), key: 'correct horse' };
    return {
      source: () => createArchiveSource(options),
      destination: () => createArchiveDestination({ ...options, force: true }),
      dispose: () => rm(parent, { recursive: true }),
    };
  });
  for (const { name, run } of cases) test(name, run);
});
