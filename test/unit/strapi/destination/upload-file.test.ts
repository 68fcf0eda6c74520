import type { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { realClock } from '../../../../src/ports/clock.js';
import { uploadFile } from '../../../../src/strapi/destination/upload-file.js';

test('a file that breaks off fails its upload, even where the provider does not listen', async () => {
  const asset = {
    ...{ filename: 'dawn.png', metadata: {}, size: 4 },
    async *stream() {
      yield new Uint8Array(2);
      throw new Error('the disk is gone');
    },
  };
  const provider = {
    uploadStream(file: object) {
      (file as { readonly stream: Readable }).stream.resume();
      return new Promise<void>(() => {});
    },
    delete: () => {},
  };
  const file = { hash: 'dawn', ext: '.png', provider: 'deaf' };
  await expect(uploadFile(provider, asset, file, realClock)).rejects.toThrow('the disk is gone');
});
