import { extname } from 'node:path';
import type { Asset } from '../../protocol/content.js';
import { TransferError } from '../../protocol/errors.js';
import { reasonOf } from '../../stores/store-error.js';
import { uploadProvider } from '../upload-provider.js';
import type { ComingFiles, ComingFilesOptions } from './coming-files.js';
import { fileNameOf, type HeldFile, heldFileOf } from './held-file.js';
import { logoTypeOf } from './logos.js';
import { newHash } from './new-hash.js';
import type { PlacedFile } from './placed-file.js';
import { atOnce, providerOf, several } from './provider-calls.js';
import { uploadFile } from './upload-file.js';

type Fields = Readonly<Record<string, unknown>>;

/** Of what a client says of a file, what a provider is told. */
const told = [
  'name',
  'alternativeText',
  'caption',
  'mime',
  'size',
  'sizeInBytes',
  'width',
  'height',
] as const;

interface Upload {
  readonly asset: Asset;
  readonly file: HeldFile;
}

/**
 * Files that go to the upload provider, each under a new key of its own: what stands stays as it is until the rows are committed.
 * A bucket may hold what no row of this Strapi names, such as the files of another site.
 *
 * Errors: FILE_NOT_UPLOADED
 */
export function filesWithProvider({ strapi, place, id, source }: ComingFilesOptions): ComingFiles {
  const provider = uploadProvider(strapi);
  const { clock, ids } = place.ports;
  const uploads = new Map<string, Upload>();
  const begun = new Map<string, HeldFile>();

  async function upload(asset: Asset, file: HeldFile): Promise<PlacedFile> {
    begun.set(asset.filename, file);
    const said = await uploadFile(providerOf(strapi), asset, file, clock);
    const held = heldFileOf(said, provider) ?? file;
    begun.set(asset.filename, held);
    const changed = Object.entries(said).filter(([name, value]) => value !== file[name]);
    // What the other Strapi's provider said of it does not hold here.
    const fields = { path: null, provider_metadata: null, hash: file.hash, ...Object.fromEntries(changed) };
    return { filename: fileNameOf(held), fields };
  }

  async function naming<T>({ filename }: Asset, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw new TransferError('FILE_NOT_UPLOADED', { filename, provider, reason: reasonOf(error) }, error);
    }
  }

  return {
    async plan() {
      for await (const asset of source.assets()) {
        const { hash, ext } = nameOf(asset);
        const file = { ...toldOf(asset.metadata, ext), provider, hash: newHash(hash, () => ids.id()), ext };
        uploads.set(asset.filename, { asset, file });
      }
      const made = [...uploads.values()].map(({ file }) => file);
      return { id, early: [], late: [], made, isOver: false };
    },
    async add() {
      const placed = new Map<string, PlacedFile>();
      const [first] = uploads.values();
      if (first === undefined) return placed;
      // A provider that takes no streams has each file whole in memory.
      const lanes = await naming(first.asset, async () =>
        providerOf(strapi).uploadStream === undefined ? 1 : atOnce,
      );
      const place = async ([filename, { asset, file }]: [string, Upload]) => {
        placed.set(filename, await naming(asset, () => upload(asset, file)));
      };
      await several(uploads, place, lanes);
      return placed;
    },
    begun: (plan) => ({ ...plan, made: [...begun.values()] }),
  };
}

function nameOf({ filename, metadata }: Asset): { readonly hash: string; readonly ext: string } {
  const { ext: said } = metadata;
  const ext = typeof said === 'string' && filename.endsWith(said) ? said : extname(filename);
  return { hash: filename.slice(0, filename.length - ext.length), ext };
}

function toldOf(metadata: Asset['metadata'], ext: string): Fields {
  const fields = told.flatMap((name) => (Object.hasOwn(metadata, name) ? [[name, metadata[name]]] : []));
  const mime = logoTypeOf(ext);
  return { ...(mime === undefined ? {} : { mime }), ...Object.fromEntries(fields) };
}
