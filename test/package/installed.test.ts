import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import {
  addNodeTypes,
  copyInto,
  type Installed,
  installPackage,
  root,
  sampleExport,
} from './support/installed.js';
import { run } from './support/run.js';

let installed: Installed;
beforeAll(async () => {
  installed = await installPackage();
}, 60_000);
afterAll(() => installed.remove());

const subpaths = Object.keys(manifest.exports).filter((path) => path !== './package.json');
const specifiers = subpaths.map((path) => path.replace(/^\./, manifest.name));

describe('what is shipped', () => {
  test('is what was built, with README and licence, and neither sources nor maps', () => {
    const paths = installed.files.map(({ path }) => path);
    expect(paths).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'package.json', 'dist/cli.js']));
    const others = paths.filter((path) => !/^dist\/.*(?<!\.map)$/.test(path));
    expect(others.sort()).toEqual(['LICENSE', 'README.md', 'man/strapi-ferry.1', 'package.json']);
  });

  test('is less than 1.4 megabytes, but for pages that a browser shows', () => {
    const files = installed.files.filter(({ path }) => !path.startsWith('dist/inspect-page/'));
    const code = files.filter(({ path }) => /\.(js|ts|json|md)$|LICENSE$/.test(path));
    expect(code.reduce((sum, { size }) => sum + size, 0)).toBeLessThan(1_400_000);
  });

  test('brings few packages, and no script that runs when they are installed', async () => {
    const folder = join(installed.project, 'node_modules');
    const lock = JSON.parse(await readFile(join(folder, '.package-lock.json'), 'utf8')) as {
      packages: Readonly<Record<string, { readonly hasInstallScript?: boolean }>>;
    };
    const packages = Object.entries(lock.packages);
    expect(packages.map(([path]) => path)).toContain(`node_modules/${manifest.name}`);
    expect(packages.length).toBeLessThanOrEqual(40);
    expect(packages.filter(([, { hasInstallScript }]) => hasInstallScript === true)).toEqual([]);
  });
});

describe('the command of the installed package', () => {
  const command = (...parameters: string[]) =>
    run('npx', ['--no-install', 'strapi-ferry', ...parameters], { cwd: installed.project });

  test('says what it can do', async () => {
    const { exitCode, stdout } = await command('--help');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('Usage: strapi-ferry');
  });

  test('moves a folder into another', async () => {
    const { exitCode, stdout } = await command(
      'transfer',
      '--from',
      sampleExport,
      '--to',
      './moved',
      '--json',
    );
    expect(exitCode, stdout).toBe(0);
    expect(JSON.parse(stdout.trim().split('\n').at(-1) ?? '')).toMatchObject({ event: 'result', ok: true });
    const uploads = join('assets', 'uploads');
    expect(await readdir(join(installed.project, 'moved', uploads))).toEqual(
      await readdir(join(sampleExport, uploads)),
    );
  });
});

describe('from JavaScript', () => {
  const namesBy = async (statement: string) => {
    const script = `const names = {};
      for (const specifier of ${JSON.stringify(specifiers)}) names[specifier] = Object.keys(${statement}).sort();
      console.log(JSON.stringify(names));`;
    const type = statement.startsWith('await') ? 'module' : 'commonjs';
    const parameters = [`--input-type=${type}`, '--eval', script];
    const { exitCode, stdout, stderr } = await run(process.execPath, parameters, { cwd: installed.project });
    expect([exitCode, stderr]).toEqual([0, '']);
    return JSON.parse(stdout) as Readonly<Record<string, readonly string[]>>;
  };

  test('every subpath can be imported, and has names but no default', async () => {
    const names = await namesBy('await import(specifier)');
    expect(Object.keys(names)).toEqual(specifiers);
    for (const [specifier, exported] of Object.entries(names)) {
      expect(exported.length, specifier).toBeGreaterThan(0);
      expect(exported, specifier).not.toContain('default');
    }
    expect(names['strapi-ferry']).toContain('createTransfer');
    expect(names['strapi-ferry/testing']).toContain('storeContract');
  });

  test('require() gives the same: Node 20.19 and later load modules so', async () => {
    const required = await namesBy('require(specifier)');
    expect(required).toEqual(await namesBy('await import(specifier)'));
  });

  test('what is not listed in the exports stays private', async () => {
    const parameters = ['--input-type=module', '--eval', "await import('strapi-ferry/dist/index.js')"];
    const { exitCode, stderr } = await run(process.execPath, parameters, { cwd: installed.project });
    expect(exitCode).toBe(1);
    expect(stderr).toContain('ERR_PACKAGE_PATH_NOT_EXPORTED');
  });
});

describe('from TypeScript, strict, with the libraries checked too', () => {
  const options = { strict: true, skipLibCheck: false, noEmit: true };
  const resolutions = {
    node16: { module: 'node16', moduleResolution: 'node16' },
    nodenext: { module: 'nodenext', moduleResolution: 'nodenext' },
    bundler: { module: 'esnext', moduleResolution: 'bundler' },
  };
  const compile = async (name: string, compilerOptions: object, file: string) => {
    await copyInto(installed.project, file);
    const config = join(installed.project, `tsconfig.${name}.json`);
    await writeFile(config, JSON.stringify({ compilerOptions, files: [file] }));
    return run(join(root, 'node_modules/.bin/tsc'), ['-p', config], { cwd: installed.project });
  };
  const web = { target: 'es2022', lib: ['es2022', 'dom'], types: [] as string[] };

  for (const [name, resolution] of Object.entries(resolutions)) {
    test(`${name}: all but ./server needs no types of Node`, async () => {
      const { stdout } = await compile(`core.${name}`, { ...options, ...web, ...resolution }, 'core.ts');
      expect(stdout).toBe('');
    });
  }

  test('exactOptionalPropertyTypes is kept, though not by the types of XState', async () => {
    const strictest = {
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      skipLibCheck: true,
    };
    const settings = { ...options, ...web, ...resolutions.nodenext, ...strictest };
    expect((await compile('strictest', settings, 'core.ts')).stdout).toBe('');
  });

  test('./server needs the types of Node, and nothing else', async () => {
    const node = { target: 'es2022', lib: ['es2022'], types: ['node'] };
    const settings = { ...options, ...node, ...resolutions.nodenext };
    expect((await compile('none', { ...settings, types: [] }, 'server.ts')).stdout).toContain('@types/node');
    await addNodeTypes(installed.project);
    expect((await compile('server', settings, 'server.ts')).stdout).toBe('');
  });

  test('every subpath is used by what is compiled', async () => {
    const sources = await Promise.all(
      ['core.ts', 'server.ts'].map((file) => readFile(join(root, 'test/package/consumer', file), 'utf8')),
    );
    const used = sources.join('').matchAll(/from '(strapi-ferry[^']*)'/g);
    expect([...used].map(([, specifier]) => specifier).sort()).toEqual([...specifiers].sort());
  });
});
