/** Options as a caller gives them: each may be left out, or be `undefined` as `process.env.X` is. */
export type Given<Options> = { readonly [Name in keyof Options]?: Options[Name] | undefined };

/** The given options over the defaults; one that is `undefined` is left out. */
export function withDefaults<Options extends object>(defaults: Options, given: Given<Options> = {}): Options {
  const entries = Object.entries(given).filter(([, value]) => value !== undefined);
  return { ...defaults, ...Object.fromEntries(entries) };
}
