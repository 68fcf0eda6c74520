import { Readable } from 'node:stream';
import type { Clock } from '../../ports/clock.js';
import type { Asset } from '../../protocol/content.js';
import type { UploadProvider } from '../strapi.js';
import type { HeldFile } from './held-file.js';
import { patiently } from './provider-calls.js';

type Fields = Readonly<Record<string, unknown>>;

/**
 * Gives one file to the upload provider, as Strapi does: a provider writes what it has to say into what it is given.
 * @returns what it is told, and what it says
 */
export async function uploadFile(
  provider: UploadProvider,
  asset: Asset,
  file: HeldFile,
  clock: Clock,
): Promise<Fields> {
  let sign = (): void => {};
  const stream = Readable.from(
    signing(asset, () => sign()),
    { objectMode: false },
  );
  // A provider that does not listen (not yet, or no more) would leave the error to the process, which it ends.
  const broken = new Promise<never>((_, reject) => stream.on('error', reject));
  try {
    return await patiently(clock, (signOfLife) => {
      sign = signOfLife;
      return Promise.race([give(provider, stream, file), broken]);
    });
  } finally {
    stream.destroy();
  }
}

async function give(provider: UploadProvider, stream: Readable, file: HeldFile): Promise<Fields> {
  const given: Record<string, unknown> = { ...file };
  if (provider.uploadStream !== undefined) await provider.uploadStream(Object.assign(given, { stream }));
  else await provider.upload?.(Object.assign(given, { buffer: Buffer.concat(await stream.toArray()) }));
  const { stream: _stream, buffer: _buffer, ...said } = given;
  if (typeof said['url'] !== 'string') throw new Error('it gave the file no address');
  return said;
}

async function* signing(asset: Asset, sign: () => void): AsyncGenerator<Uint8Array> {
  for await (const chunk of asset.stream()) {
    sign();
    yield chunk;
  }
}
