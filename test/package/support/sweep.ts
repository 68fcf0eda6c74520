/** What an embedder may do with each public name: keep it under a name of theirs, and what a function answers. */
export interface PublicNames {
  readonly functions: readonly string[];
  readonly machines: readonly string[];
  readonly others: readonly string[];
}

/** Sorts the names of a loaded module by what stands under them. */
export function publicNamesOf(module: Readonly<Record<string, unknown>>): PublicNames {
  const names = Object.keys(module).sort();
  const isClass = (name: string) => /^class\b/.test(String(module[name]));
  const isFunction = (name: string) => typeof module[name] === 'function' && !isClass(name);
  const isMachine = (name: string) => Object(module[name]).root !== undefined;
  return {
    functions: names.filter(isFunction),
    machines: names.filter(isMachine),
    others: names.filter((name) => !isFunction(name) && !isMachine(name)),
  };
}

/**
 * A module of an embedder that exports each public name of a subpath, what each function answers, and a machine that
 * embeds each machine. It compiles with `declaration: true` only where the subpath exports every type that these name.
 */
export function sweepOf(specifier: string, { functions, machines, others }: PublicNames): string {
  return [
    `import * as it from '${specifier}';`,
    "import { type AnyStateMachine, createActor, type InputFrom, setup } from 'xstate';",
    'declare const given: any;',
    ...[...functions, ...others].map((name) => `export const ${name} = it.${name};`),
    ...functions.map(
      (name) => `export const ${name}Answer = it.${name}(...(given as Parameters<typeof it.${name}>));`,
    ),
    ...machines.flatMap((name) => [
      `export const ${name} = it.${name};`,
      `export const ${name}Provided = it.${name}.provide({});`,
      `export const ${name}Actor = createActor(it.${name}, { input: given });`,
      `export const ${name}Snapshot = ${name}Actor.getSnapshot();`,
      `export const ${name}Parent = setup({ actors: { child: it.${name} } }).createMachine({`,
      `  invoke: { src: 'child', input: (): InputFrom<typeof it.${name}> => given },`,
      '});',
    ]),
    'export const isParent = (machine: AnyStateMachine): boolean => machine.root !== undefined;',
    '',
  ].join('\n');
}
