import * as v from 'valibot';
import { type Step, steps } from './content.js';

/** What a server understands of `init`'s params. Unknown ones are ignored, and so is what has another shape. */
export interface KnownInitParams {
  readonly checksums: boolean;
  readonly assetEncoding?: 'base64';
  readonly ferry?: { readonly version: number };
  /** How the content of before is treated; `restore` where nothing is said. */
  readonly strategy: string;
  /** The stages that the client wants restored. */
  readonly steps: readonly Step[];
}

const shape = v.looseObject({
  checksums: v.fallback(v.optional(v.boolean()), undefined),
  assetEncoding: v.fallback(v.optional(v.literal('base64')), undefined),
  ferry: v.fallback(v.optional(v.looseObject({ version: v.number() })), undefined),
  options: v.fallback(
    v.optional(
      v.looseObject({
        strategy: v.optional(v.string()),
        restore: v.optional(v.looseObject({ assets: v.optional(v.boolean()) })),
      }),
    ),
    undefined,
  ),
});

export function initParams(value: unknown): KnownInitParams {
  const result = v.safeParse(shape, value ?? {});
  if (!result.success) return { checksums: false, strategy: 'restore', steps };
  const { checksums, assetEncoding, ferry, options } = result.output;
  return {
    checksums: checksums === true,
    strategy: options?.strategy ?? 'restore',
    ...(assetEncoding === undefined ? {} : { assetEncoding }),
    ...(ferry === undefined ? {} : { ferry: { version: ferry.version } }),
    steps: options?.restore?.assets === false ? steps.filter((step) => step !== 'assets') : steps,
  };
}
