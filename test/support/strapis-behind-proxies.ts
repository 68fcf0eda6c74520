import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { createFaultProxy, type FaultProxy } from '../../src/testing/fault-proxy.js';
import { createTransfer } from '../../src/transfer/create-transfer.js';
import { type StrapiInstance, startStrapi } from '../strapi/harness/strapi.js';
import { treeOf } from './tree.js';

/** A Strapi to pull from and one to push to, each behind a proxy that can fail, and an export of both. */
export interface StrapisBehindProxies {
  readonly source: StrapiInstance;
  readonly target: StrapiInstance;
  readonly toSource: FaultProxy;
  readonly toTarget: FaultProxy;
  /** An empty folder for what a test makes. */
  readonly scratch: string;
  /** Exports of the two as they began: 20 articles and 5 files; 10 articles and 3 files. */
  readonly theirs: string;
  readonly mine: string;
  /** Runs what must change nothing: neither our folders, nor what lies beside them, nor the target's rows. */
  asItWas<T>(work: () => Promise<T>): Promise<T>;
  /** Where an error says that uploads are, there they must be. */
  expectUploads(said: { readonly details: object }): Promise<void>;
  stop(): Promise<void>;
}

const megabyte = 1024 * 1024;

export async function startStrapisBehindProxies(): Promise<StrapisBehindProxies> {
  const source = await startStrapi({ content: { articles: 20, assetBytes: 3 * megabyte, assetCount: 5 } });
  const target = await startStrapi({ content: { articles: 10, assetBytes: megabyte, assetCount: 3 } });
  const toSource = await createFaultProxy({ target: { port: source.port } });
  const toTarget = await createFaultProxy({ target: { port: target.port } });
  const scratch = await mkdtemp(join(tmpdir(), 'ferry-faults-'));
  const theirs = join(scratch, 'theirs');
  const mine = join(scratch, 'mine');
  await createTransfer({ from: source.adminUrl, fromToken: source.tokens.pull, to: theirs }).done;
  await createTransfer({ from: target.adminUrl, fromToken: target.tokens.pull, to: mine }).done;
  const counts = await target.counts();

  return {
    ...{ source, target, toSource, toTarget, scratch, theirs, mine },
    async asItWas(work) {
      const before = await treeOf(scratch);
      const result = await work();
      toSource.heal();
      toTarget.heal();
      expect(await treeOf(scratch)).toEqual(before);
      // Waits until the server has noticed, and rolled back.
      expect(await target.counts()).toEqual(counts);
      return result;
    },
    async expectUploads({ details }) {
      const { uploads = [] } = details as { uploads?: readonly string[] };
      const folder = join(target.appDir, 'public');
      const there = (await readdir(folder)).map((name) => join(folder, name));
      for (const path of uploads) expect(there).toContain(path);
    },
    async stop() {
      await toSource.close();
      await toTarget.close();
      await source.stop();
      await target.stop();
      await rm(scratch, { recursive: true, force: true });
    },
  };
}
