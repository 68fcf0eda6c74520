import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { restoreAll } from '../../../src/protocol/restore.js';
import { strapiDestination } from '../../../src/strapi/destination/destination.js';
import { createPins } from '../../../src/strapi/source/pins.js';
import { strapiSource } from '../../../src/strapi/source/strapi-source.js';
import { hasS3Gateway, type S3Gateway, startS3Gateway } from '../../support/s3-gateway.js';
import { filesInRows, picture } from '../support/labelled-push.js';
import { loadStrapi, type StrapiInProcess } from '../support/strapi-in-process.js';
import { type Pushed, pushByFerry, readByStrapi } from '../support/strapis-own-providers.js';
import { sha256Of, strapisSource } from '../support/strapis-source.js';

const Bucket = 'ferry';

/** What the test uses of `@aws-sdk/client-s3`, which Strapi's provider brings. */
interface S3 {
  readonly S3: new (
    options: object,
  ) => {
    createBucket(options: object): Promise<unknown>;
    listObjectsV2(options: object): Promise<{ readonly Contents?: readonly { readonly Key: string }[] }>;
    getObject(
      options: object,
    ): Promise<{ readonly Body: NodeJS.ReadableStream; readonly ContentType: string }>;
  };
}

describe.skipIf(!hasS3Gateway())('a Strapi whose files lie in a private bucket of an S3', () => {
  let gateway: S3Gateway;
  let site: StrapiInProcess;
  let s3: InstanceType<S3['S3']>;
  const { assets, ...rows } = picture('one');
  const content = {
    ...rows,
    assets: assets.map((asset) => ({ ...asset, bytes: Buffer.from(asset.filename) })),
  };

  beforeAll(async () => {
    gateway = await startS3Gateway();
    const { endpoint, credentials } = gateway;
    const options = {
      ...{ endpoint, credentials, region: 'us-east-1', forcePathStyle: true },
      // This gateway is older than the checksums at the end of a stream.
      ...{ requestChecksumCalculation: 'WHEN_REQUIRED', responseChecksumValidation: 'WHEN_REQUIRED' },
    };
    const providerOptions = {
      rootPath: 'site',
      s3Options: { ...options, params: { Bucket, ACL: 'private' } },
    };
    const upload = { config: { provider: 'aws-s3', providerOptions } };
    site = await loadStrapi({
      content: 'none',
      prepare: (folder) =>
        writeFile(
          join(folder, 'config', 'plugins.js'),
          `module.exports = () => (${JSON.stringify({ upload })});\n`,
        ),
    });
    s3 = new (site.require('@aws-sdk/client-s3') as S3).S3(options);
    await s3.createBucket({ Bucket });
  }, 90_000);
  afterAll(async () => {
    await site?.stop();
    await gateway?.stop();
  });

  async function push(pushed: Pushed): Promise<readonly string[]> {
    const to = strapiDestination(site.strapi);
    await pushByFerry(to, pushed, restoreAll);
    return to.notices?.() ?? [];
  }

  /** What each object says, by its key. */
  async function objects(): Promise<Readonly<Record<string, string>>> {
    const { Contents = [] } = await s3.listObjectsV2({ Bucket });
    const all = Contents.map(async ({ Key }) => {
      const { Body } = await s3.getObject({ Bucket, Key });
      return [Key, await text(Body)];
    });
    return Object.fromEntries(await Promise.all(all));
  }

  async function pulled() {
    const source = strapiSource(site.strapi, { pins: createPins(site.strapi) });
    await source.open();
    const assets: { filename: string; size: number | null; sha256: string }[] = [];
    for await (const { filename, size, stream } of source.assets())
      assets.push({ filename, size, sha256: await sha256Of(stream()) });
    await source.close();
    return assets;
  }

  /** What the objects say, sorted: each file its first name, the logo its label. */
  const told = [...assets.map(({ filename }) => filename), 'one'].sort();

  test('takes a push: each row names an object, and the objects are the files that came', async () => {
    expect(await push(content)).toEqual([]);
    const held = await objects();
    const rows = await site.strapi.db.connection('files').select('url', 'provider');
    expect(rows).toHaveLength(3);
    for (const { url, provider } of rows) {
      expect(provider).toBe('aws-s3');
      expect(Object.keys(held)).toContain(new URL(url).pathname.replace(`/${Bucket}/`, ''));
      expect((await fetch(url)).status).toBe(403);
    }
    expect(
      Object.entries(held)
        .map(([key, said]) => [key.replace(/_\w{20}(?=\.)/, ''), said])
        .sort(),
    ).toEqual(
      [...assets.map(({ filename }) => [`site/${filename}`, filename]), ['site/logo-one.svg', 'one']].sort(),
    );
    const Key = Object.keys(held).find((key) => key.startsWith('site/logo-one'));
    const { ContentType } = await s3.getObject({ Bucket, Key });
    expect(ContentType).toBe('image/svg+xml');
  });

  test('is pulled as Strapi itself pulls it', async () => {
    const theirs = await (await strapisSource(site)).assets();
    expect(await pulled()).toEqual(theirs.map(({ filename, size, sha256 }) => ({ filename, size, sha256 })));
  });

  test('takes its own content again under other keys, and none of the old ones is left', async () => {
    const before = Object.keys(await objects());
    expect(await push(await readByStrapi(site))).toEqual([]);
    const held = await objects();
    expect(Object.keys(held).filter((key) => before.includes(key))).toEqual([]);
    expect(Object.values(held).sort()).toEqual(told);
    const files = (await pulled()).map(({ filename }) => `site/${filename}`);
    expect(Object.keys(held).filter((key) => !files.includes(key))).toEqual([
      expect.stringMatching(/^site\/logo-one_\w{20}\.svg$/),
    ]);
  });

  test('stays as it was where the S3 cannot be reached', async () => {
    const before = await filesInRows(site.strapi);
    const again = await readByStrapi(site);
    await gateway.stop();
    await expect(push(again)).rejects.toMatchObject({ code: 'FILE_NOT_UPLOADED' });
    expect(await filesInRows(site.strapi)).toEqual(before);
  });
});
