import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { type Installed, installPackage, root, sampleExport } from './support/installed.js';
import { run } from './support/run.js';
import { describeTypes } from './support/types-suite.js';

let installed: Installed;
beforeAll(async () => {
  installed = await installPackage();
}, 60_000);
afterAll(() => installed.remove());

const subpaths = Object.keys(manifest.exports).filter(
  (path) => path !== './package.json' && !path.startsWith('./strapi-'),
);
const specifiers = subpaths.map((path) => path.replace(/^\./, manifest.name));

/** The relative links and pictures of a page, outside of its code. */
const linksOf = (page: string) =>
  [...page.replace(/^ *```[\s\S]*?^ *```$/gm, '').matchAll(/\]\((?!\w+:|#)([^)\s]+)\)/g)].map(
    ([, target = '']) => target,
  );

describe('what is shipped', () => {
  test('is what was built, with README and licence, and neither sources nor maps', () => {
    const paths = installed.files.map(({ path }) => path);
    expect(paths).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'package.json', 'dist/cli.js']));
    const others = paths.filter((path) => !/^dist\/.*(?<!\.map)$/.test(path));
    expect(others.sort()).toEqual(['LICENSE', 'README.md', 'man/strapi-ferry.1', 'package.json']);
  });

  test('has no relative link or picture in what npm shows, and names pages that it carries', async () => {
    const readme = await readFile(
      join(installed.project, 'node_modules', manifest.name, 'README.md'),
      'utf8',
    );
    expect(linksOf(readme)).toEqual([]);
    const named = [...readme.matchAll(/`(dist\/docs\/[^`]+)`/g)].map(([, path = '']) => path);
    expect(named).toContain('dist/docs/recipes.md');
    const carried = new Set(installed.files.map(({ path }) => path));
    expect(named.filter((path) => !carried.has(path))).toEqual([]);
  });

  test('carries the pages, whose links lead to what it carries', async () => {
    const carried = new Set(installed.files.map(({ path }) => path));
    const pages = [...carried].filter((path) => /^dist\/docs\/.*\.md$/.test(path));
    expect(pages).toEqual(
      expect.arrayContaining([
        'dist/docs/README.md',
        'dist/docs/names.md',
        'dist/docs/api/index.md',
        'dist/docs/SECURITY.md',
      ]),
    );
    const broken = await Promise.all(
      pages.map(async (page) => {
        const text = await readFile(join(installed.project, 'node_modules', manifest.name, page), 'utf8');
        const paths = linksOf(text).map((target) =>
          posix.join(posix.dirname(page), target.replace(/#.*/, '')),
        );
        return paths.filter((path) => !carried.has(path)).map((path) => `${page}: ${path}`);
      }),
    );
    expect(broken.flat()).toEqual([]);
  });

  test('leaves the README of the repository as it was', async () => {
    expect(linksOf(await readFile(join(root, 'README.md'), 'utf8'))).toContain('docs/recipes.md');
  });

  test('is less than 1.9 megabytes, but for pages that a browser or a person reads', () => {
    const files = installed.files.filter(({ path }) => !/^dist\/(inspect-page|docs)\//.test(path));
    const code = files.filter(({ path }) => /\.(js|ts|json|md)$|LICENSE$/.test(path));
    expect(code.reduce((sum, { size }) => sum + size, 0)).toBeLessThan(1_900_000);
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

describe('xstate is a peer', () => {
  test('npm installs it, once, beside the package', async () => {
    const modules = join(installed.project, 'node_modules');
    expect(await readdir(modules)).toContain('xstate');
    expect(await readdir(join(modules, manifest.name))).not.toContain('node_modules');
  });

  test('an app with an older one is told by npm, instead of by its types', async () => {
    const app = {
      private: true,
      dependencies: { xstate: '5.20.0', [manifest.name]: `file:${installed.packed}` },
    };
    const folder = await mkdtemp(join(tmpdir(), 'ferry-older-'));
    await writeFile(join(folder, 'package.json'), JSON.stringify(app));
    const flags = ['--prefer-offline', '--no-audit', '--no-fund', '--dry-run'];
    const { exitCode, stderr } = await run('npm', ['install', ...flags], { cwd: folder });
    await rm(folder, { recursive: true });
    expect([exitCode, stderr]).toEqual([1, expect.stringContaining('peer xstate@"^5.33"')]);
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

  test('require() of ./strapi-server gives what a Strapi takes, its default', async () => {
    const script = `const plugin = require('strapi-ferry/strapi-server').default({ env: {} });
      console.log(Object.keys(plugin).sort().join());`;
    const { stdout, stderr } = await run(process.execPath, ['--eval', script], { cwd: installed.project });
    expect([stdout.trim(), stderr]).toEqual(['bootstrap,destroy,register,routes', '']);
  });

  test('sequences need fast-check, an optional peer, and say so where it is missing', async () => {
    const script = `import { testServer } from 'strapi-ferry/testing';
      const { cases } = testServer({ connect() {}, sequences: { count: 1 } });
      await cases.at(-1).run().catch(({ code }) => console.log(code));`;
    const parameters = ['--input-type=module', '--eval', script];
    const { stdout } = await run(process.execPath, parameters, { cwd: installed.project });
    expect(stdout.trim()).toBe('MISSING_PACKAGE');
  });

  test('what is not listed in the exports stays private', async () => {
    const parameters = ['--input-type=module', '--eval', "await import('strapi-ferry/dist/index.js')"];
    const { exitCode, stderr } = await run(process.execPath, parameters, { cwd: installed.project });
    expect(exitCode).toBe(1);
    expect(stderr).toContain('ERR_PACKAGE_PATH_NOT_EXPORTED');
  });
});

describe('from TypeScript, strict, with declarations', () => describeTypes(() => installed));
