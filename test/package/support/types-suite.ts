import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import manifest from '../../../package.json' with { type: 'json' };
import { addPackages, copyInto, type Installed, root } from './installed.js';
import { optionsOf, optionsSweepOf } from './options-sweep.js';
import { blocksOf } from './recipes.js';
import { run } from './run.js';
import { publicNamesOf, sweepOf } from './sweep.js';

const subpaths = Object.keys(manifest.exports).filter(
  (path) => path !== './package.json' && !path.startsWith('./strapi-'),
);
const pageOf = (path: string) => (path === '.' ? 'index' : path.slice(2));
const specifierOf = (path: string) => path.replace(/^\./, manifest.name);

/** The recipes in TypeScript; what the others of a page need is beside the package. */
const recipePackages = ['express', 'react', '@xstate/react', '@types/express', '@types/react'];

const resolutions = {
  node16: { module: 'node16', moduleResolution: 'node16' },
  nodenext: { module: 'nodenext', moduleResolution: 'nodenext' },
  bundler: { module: 'esnext', moduleResolution: 'bundler' },
} as const;
const web = { target: 'es2023', lib: ['es2023', 'dom'], types: [] as string[] };
const node = { ...web, types: ['node'], jsx: 'react-jsx' };
/** What the names of types need: nothing of the platform. */
const bare = { target: 'es2023', lib: ['es2023'], types: [] as string[], skipLibCheck: true };
const exact = { exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, skipLibCheck: true };

const resolutionNames = Object.keys(resolutions) as (keyof typeof resolutions)[];

/** Compiles what a user of the installed package writes, with declarations. */
export function describeTypes(installed: () => Installed): void {
  let recipes: readonly string[];
  beforeAll(async () => {
    const { project } = installed();
    await addPackages(project, recipePackages);
    const blocks = (await blocksOf('docs/recipes.md')).filter(({ file }) => /\.tsx?$/.test(file));
    for (const { file, text } of blocks) await writeFile(join(project, file), text);
    recipes = blocks.map(({ file }) => file);
    for (const file of ['core.ts', 'server.ts', 'charts.ts']) await copyInto(project, file);
  });

  /** What tsc says of these files; nothing where they compile, declarations included. */
  async function compile(
    name: string,
    resolution: keyof typeof resolutions,
    options: object,
    files: readonly string[],
  ): Promise<string> {
    const emitted = { declaration: true, emitDeclarationOnly: true, outDir: `out/${name}` };
    const compilerOptions = {
      strict: true,
      skipLibCheck: false,
      ...emitted,
      ...resolutions[resolution],
      ...options,
    };
    const config = join(installed().project, `tsconfig.${name}.json`);
    await writeFile(config, JSON.stringify({ compilerOptions, files }));
    return (await run(join(root, 'node_modules/.bin/tsc'), ['-p', config], { cwd: installed().project }))
      .stdout;
  }

  describe('without the types of Node, the libraries checked too', () => {
    test('all but ./server compiles, for a bundler', async () => {
      expect(await compile('core', 'bundler', web, ['core.ts', 'charts.ts'])).toBe('');
    });

    test('./server says that it needs them', async () => {
      expect(await compile('none', 'nodenext', { ...web, skipLibCheck: true }, ['server.ts'])).toContain(
        '@types/node',
      );
    });
  });

  describe('with the types of Node', () => {
    beforeAll(() => addPackages(installed().project, ['@types/node']));

    test.each(resolutionNames)(
      '%s: ./server and every recipe compile, the libraries checked too',
      async (resolution) => {
        expect(
          await compile(`recipes.${resolution}`, resolution, node, [
            'core.ts',
            'charts.ts',
            'server.ts',
            ...recipes,
          ]),
        ).toBe('');
      },
    );

    test('exactOptionalPropertyTypes is kept, though not by the types of XState', async () => {
      const files = ['core.ts', 'charts.ts', 'server.ts', ...recipes];
      expect(await compile('exact', 'nodenext', { ...node, ...exact }, files)).toBe('');
    });

    test('every option may be given as undefined', async () => {
      const names = await Promise.all(
        subpaths.map(async (path) => {
          const { types } = manifest.exports[path as '.'];
          const index = await readFile(
            join(installed().project, 'node_modules', manifest.name, types),
            'utf8',
          );
          return [specifierOf(path), optionsOf(index)] as const;
        }),
      );
      expect(names.flatMap(([, options]) => options)).toEqual(
        expect.arrayContaining([
          'TransferOptions',
          'EmbeddedOptions',
          'TransferServerOptions',
          'InspectorOptions',
        ]),
      );
      await writeFile(join(installed().project, 'options.ts'), optionsSweepOf(names));
      expect(await compile('options', 'nodenext', { ...node, ...exact }, ['options.ts'])).toBe('');
    });

    test.each(subpaths)(
      'each name of %s can be exported by another package, and each machine embedded',
      async (path) => {
        const { default: file } = manifest.exports[path as '.'];
        const module = await import(
          pathToFileURL(join(installed().project, 'node_modules', manifest.name, file)).href
        );
        const name = `sweep-${pageOf(path)}`;
        await writeFile(
          join(installed().project, `${name}.ts`),
          sweepOf(specifierOf(path), publicNamesOf(module)),
        );
        // Alone, so that no other subpath lends it the name of a type.
        expect(await compile(name, 'nodenext', bare, [`${name}.ts`])).toBe('');
      },
    );
  });

  test('every subpath is used by what is compiled', async () => {
    const files = ['core.ts', 'server.ts'].map((file) =>
      readFile(join(root, 'test/package/consumer', file), 'utf8'),
    );
    const used = (await Promise.all(files)).join('').matchAll(/from '(strapi-ferry[^']*)'/g);
    expect([...used].map(([, specifier]) => specifier).sort()).toEqual(subpaths.map(specifierOf).sort());
  });
}
