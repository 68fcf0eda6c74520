import { expect, it } from 'vitest';
import { createByteChannel } from '../../../src/server/byte-channel.js';
import { watch } from '../../support/ends.js';
import { settled } from '../../support/test-clock.js';

const bytes = (...values: number[]) => Uint8Array.from(values);

async function all(chunks: AsyncIterable<Uint8Array>): Promise<number[]> {
  const read: number[] = [];
  for await (const chunk of chunks) read.push(...chunk);
  return read;
}

it('gives the reader every byte, in order', async () => {
  const channel = createByteChannel();
  const read = all(channel.read());
  for (const value of [1, 2, 3]) await channel.write(bytes(value, value));
  channel.end();
  expect(await read).toEqual([1, 1, 2, 2, 3, 3]);
});

it('holds one chunk: the writer waits until the reader asks for the next', async () => {
  const channel = createByteChannel();
  const write = watch(channel.write(bytes(1)));
  await settled();
  expect(write().state).toBe('pending');
  const reader = channel.read();
  expect((await reader.next()).value).toEqual(bytes(1));
  await settled();
  expect(write().state).toBe('pending');
  const next = watch(reader.next());
  await settled();
  expect(write().state).toBe('resolved');
  channel.end();
  await settled();
  expect(next().value).toMatchObject({ done: true });
});

it('ends for a reader that comes after the end', async () => {
  const channel = createByteChannel();
  channel.end();
  expect(await all(channel.read())).toEqual([]);
});

it('tells both sides of a failure, whoever waits and whoever comes later', async () => {
  const channel = createByteChannel();
  const write = watch(channel.write(bytes(1)));
  await settled();
  channel.fail(new Error('gone'));
  channel.fail(new Error('gone again'));
  await settled();
  expect(write().error?.message).toBe('gone');
  await expect(channel.write(bytes(2))).rejects.toThrow('gone');
  await expect(all(channel.read())).rejects.toThrow(/gone$/);
});

it('wakes a reader that waits when it fails', async () => {
  const channel = createByteChannel();
  const read = watch(all(channel.read()));
  await settled();
  channel.fail(new Error('gone'));
  await settled();
  expect(read().error?.message).toBe('gone');
});
