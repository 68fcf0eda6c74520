import { expect, test } from 'vitest';
import { createMemoryStore } from '../../../src/stores/memory.js';
import { createCommits } from '../../../src/strapi/plugin/commits.js';

test('a transfer has begun its commit until that fails, or the transfer is over', async () => {
  const commits = createCommits();
  let end = (_: Error | null): void => {};
  const commit = () =>
    new Promise<void>((resolve, reject) => {
      end = (error) => (error === null ? resolve() : reject(error));
    });
  const destination = commits.watched({ ...createMemoryStore().destination(), commit }, 'one');
  expect(commits.hasBegun('one')).toBe(false);
  const failing = destination.commit();
  expect([commits.hasBegun('one'), commits.hasBegun('other')]).toEqual([true, false]);
  end(new Error('the disk is full'));
  await expect(failing).rejects.toThrow('the disk is full');
  expect(commits.hasBegun('one')).toBe(false);
  const succeeding = destination.commit();
  end(null);
  await succeeding;
  expect(commits.hasBegun('one')).toBe(true);
  commits.forget('one');
  expect(commits.hasBegun('one')).toBe(false);
});
