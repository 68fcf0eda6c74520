/** Options as a caller gives them: each may be left out, or be `undefined` as `process.env.X` is. */
export type Given<Options> = { readonly [Name in keyof Options]?: Options[Name] | undefined };
