/** The types of an index that are options of a caller, by their names. */
export const optionsOf = (index: string): readonly string[] => [
  ...new Set(index.match(/\b[A-Z]\w*(?:Options|Input|UnderTest|ClientByUrl)\b/g) ?? []),
];

/** A module in which each of these types must take `undefined` for every property that may be left out. */
export function optionsSweepOf(
  types: readonly (readonly [specifier: string, names: readonly string[]])[],
): string {
  const lines = types.flatMap(([specifier, names], at) => [
    `import type * as m${at} from '${specifier}';`,
    ...names.map((name) => `export const ${name}${at}: Takes<m${at}.${name}> = true;`),
  ]);
  return [
    'type Optional<T> = { [K in keyof T]-?: object extends Pick<T, K> ? K : never }[keyof T];',
    'type Refused<T> = { [K in Optional<T>]: { [P in K]: undefined } extends Pick<T, K> ? never : K }[Optional<T>];',
    'type Takes<T> = [Refused<T>] extends [never] ? true : Refused<T>;',
    ...lines,
  ].join('\n');
}
