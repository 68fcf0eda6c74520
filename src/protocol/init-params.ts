import * as v from 'valibot';
import { type Concern, concernShape } from './concern.js';
import { TransferError } from './errors.js';
import type { RestoreOptions } from './messages.js';
import { isObject } from './plain-object.js';
import { restoreAll, restoreShape } from './restore.js';

/** Ignores unknown params. Wrong `options` are an error: the content that they protect would be lost. */
export interface KnownInitParams {
  readonly checksums: boolean;
  readonly assetEncoding?: 'base64';
  readonly ferry?: { readonly version: number };
  /** How the content of before is treated; `restore` where nothing is said. */
  readonly strategy: string;
  /** What is to be replaced; all of it where nothing is said. */
  readonly restore: RestoreOptions;
  /** Of a pull: what alone is asked for. */
  readonly concern?: Concern;
}

const shape = v.looseObject({
  checksums: v.fallback(v.optional(v.boolean()), undefined),
  assetEncoding: v.fallback(v.optional(v.literal('base64')), undefined),
  ferry: v.fallback(v.optional(v.looseObject({ version: v.number() })), undefined),
  concern: v.fallback(v.optional(concernShape), undefined),
  options: v.nullish(v.looseObject({ strategy: v.nullish(v.string()), restore: v.nullish(restoreShape) })),
});

export function initParams(value: unknown): KnownInitParams {
  const { output, issues, success } = v.safeParse(shape, isObject(value) ? value : {});
  if (!success) {
    const reason = `options of its init that say nothing clear: ${v.getDotPath(issues[0]) ?? 'options'}`;
    throw new TransferError('INVALID_MESSAGE', { url: 'The client', reason });
  }
  const { checksums, assetEncoding, ferry, concern, options } = output;
  return {
    checksums: checksums === true,
    strategy: options?.strategy ?? 'restore',
    ...(assetEncoding === undefined ? {} : { assetEncoding }),
    ...(ferry === undefined ? {} : { ferry: { version: ferry.version } }),
    restore: options?.restore ?? restoreAll,
    ...(concern === undefined ? {} : { concern }),
  };
}
