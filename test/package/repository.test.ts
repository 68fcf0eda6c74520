import { execFileSync } from 'node:child_process';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseDocument } from 'yaml';
import manifest from '../../package.json' with { type: 'json' };
import { root } from './support/installed.js';
import { blocksOf } from './support/recipes.js';

interface Workflow {
  readonly on: object;
  readonly permissions: object;
  readonly jobs: Readonly<
    Record<
      string,
      {
        readonly permissions?: Readonly<Record<string, string>>;
        readonly strategy?: { readonly matrix: { readonly node: readonly string[] } };
        readonly steps: readonly { readonly run?: string; readonly uses?: string }[];
      }
    >
  >;
}

async function workflow(name: string): Promise<Workflow> {
  const document = parseDocument(await readFile(join(root, '.github/workflows', name), 'utf8'));
  expect([...document.errors, ...document.warnings]).toEqual([]);
  return document.toJS() as Workflow;
}

const linesOf = ({ steps }: Workflow['jobs'][string]) => steps.flatMap(({ run }) => run ?? []);

describe('the workflows', () => {
  test('ci runs .ci/run, and nothing else, on every line of Node from the oldest that is promised', async () => {
    const { jobs } = await workflow('ci.yml');
    const [check, ...others] = Object.values(jobs);
    expect(others).toEqual([]);
    expect(check && linesOf(check)).toEqual(['.ci/run']);
    expect(check?.strategy?.matrix.node).toEqual(['20.19', '22', '24']);
    expect(manifest.engines.node).toBe('>=20.19');
    // Executable: the workflow calls it by its path.
    expect((await stat(join(root, '.ci/run'))).mode & 0o111).toBe(0o111);
  });

  test('publish runs .ci/run before it publishes with provenance', async () => {
    const { jobs } = await workflow('publish.yml');
    const lines = linesOf(jobs['publish'] as Workflow['jobs'][string]);
    expect(lines.slice(-2)).toEqual(['.ci/run', 'npm publish --provenance']);
    expect(jobs['publish']?.permissions).toMatchObject({ 'id-token': 'write' });
  });

  test('no others, and none may write to the repository', async () => {
    expect((await readdir(join(root, '.github/workflows'))).sort()).toEqual(['ci.yml', 'publish.yml']);
    for (const name of ['ci.yml', 'publish.yml'])
      expect((await workflow(name)).permissions).toEqual({ contents: 'read' });
  });
});

test('the reference has a page for every subpath of the package', async () => {
  const subpaths = Object.keys(manifest.exports).filter(
    (path) => path !== './package.json' && !path.startsWith('./strapi-'),
  );
  const pages = subpaths.map((path) => `${path === '.' ? 'index' : path.slice(2)}.md`);
  expect((await readdir(join(root, 'docs/api'))).sort()).toEqual(['README.md', ...pages].sort());
});

test('the first change of docs/contributing.md can be made, and is not made yet', async () => {
  const blocks = await blocksOf('docs/contributing.md');
  const diff = blocks.find(({ file }) => file === 'store-error.diff')?.text ?? '';
  expect(diff).toContain('+  ESTALE:');
  execFileSync('git', ['apply', '--check', '-'], { cwd: root, input: diff });
});
