import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runWell } from './run.js';

export const root = fileURLToPath(new URL('../../..', import.meta.url));
export const sampleExport = join(root, 'test/fixtures/sample-export');

interface PackedFile {
  readonly path: string;
  readonly size: number;
}

export interface Installed {
  /** An empty project, but for the package in its node_modules. */
  readonly project: string;
  /** What `npm pack` put into the package. */
  readonly files: readonly PackedFile[];
  remove(): Promise<void>;
}

/** Packs the built package as `npm publish` would, and installs it where nothing was before. */
export async function installPackage(): Promise<Installed> {
  const project = await mkdtemp(join(tmpdir(), 'ferry-project-'));
  const packed = await runWell('npm', ['pack', '--json', '--pack-destination', project], { cwd: root });
  const [{ filename, files }] = JSON.parse(packed) as [{ filename: string; files: PackedFile[] }];
  await writeFile(join(project, 'package.json'), JSON.stringify({ type: 'module', private: true }));
  const flags = ['--prefer-offline', '--no-audit', '--no-fund', '--no-package-lock'];
  await runWell('npm', ['install', ...flags, join(project, filename)], { cwd: project });
  return { project, files, remove: () => rm(project, { recursive: true }) };
}

/** Puts Node's types beside the package, as a TypeScript project for Node has them. */
export async function addNodeTypes(project: string): Promise<void> {
  await mkdir(join(project, 'node_modules/@types'), { recursive: true });
  await symlink(join(root, 'node_modules/@types/node'), join(project, 'node_modules/@types/node'));
}

export const copyInto = (project: string, file: string): Promise<void> =>
  cp(join(root, 'test/package/consumer', file), join(project, file));
