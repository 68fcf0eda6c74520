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
  /** The file that `npm pack` made. */
  readonly packed: string;
  /** What it put into the package. */
  readonly files: readonly PackedFile[];
  remove(): Promise<void>;
}

/** Packs the built package as `npm publish` would, and installs it where nothing was before. */
export async function installPackage(): Promise<Installed> {
  const project = await mkdtemp(join(tmpdir(), 'ferry-project-'));
  const packed = await runWell('npm', ['pack', '--json', '--pack-destination', project], { cwd: root });
  // npm tells of the package's scripts first.
  const [{ filename, files }] = JSON.parse(packed.slice(packed.indexOf('['))) as [
    { filename: string; files: PackedFile[] },
  ];
  await writeFile(join(project, 'package.json'), JSON.stringify({ type: 'module', private: true }));
  const flags = ['--prefer-offline', '--no-audit', '--no-fund', '--no-package-lock'];
  const file = join(project, filename);
  await runWell('npm', ['install', ...flags, file], { cwd: project });
  return { project, packed: file, files, remove: () => rm(project, { recursive: true }) };
}

/** Puts packages of this repository beside the package, as a project that depends on them has them. */
export async function addPackages(project: string, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const place = join(project, 'node_modules', name);
    await mkdir(join(place, '..'), { recursive: true });
    await symlink(join(root, 'node_modules', name), place);
  }
}

export const copyInto = (project: string, file: string): Promise<void> =>
  cp(join(root, 'test/package/consumer', file), join(project, file));
