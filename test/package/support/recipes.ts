import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { transformWithOxc } from 'vite';
import { root } from './installed.js';

/** A fenced block of a document: the language, the file name behind it, and the text. */
export interface Block {
  readonly language: string;
  readonly file: string;
  readonly text: string;
}

export async function blocksOf(document: string): Promise<readonly Block[]> {
  const text = await readFile(join(root, document), 'utf8');
  const fences = text.matchAll(/^```(\w+)(?: (\S+))?\n([\s\S]*?)^```$/gm);
  return [...fences].map(([, language = '', file = '', block = '']) => ({ language, file, text: block }));
}

export interface Kitchen {
  readonly folder: string;
  remove(): Promise<void>;
}

const packages = [
  'express',
  'fastify',
  'hono',
  '@hono/node-server',
  'jose',
  'ws',
  'react',
  'xstate',
  '@xstate/react',
  '@types/node',
  '@types/express',
  '@types/react',
];

const compilerOptions = {
  target: 'es2023',
  lib: ['es2023', 'dom'],
  module: 'nodenext',
  types: ['node'],
  jsx: 'react-jsx',
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: true,
  noEmit: true,
};

/** A project with the built package and what the recipes name beside it, and with every block as a file. */
export async function layOut(blocks: readonly Block[]): Promise<Kitchen> {
  const folder = await mkdtemp(join(tmpdir(), 'ferry-recipes-'));
  const modules = join(folder, 'node_modules');
  for (const scope of ['.bin', '@hono', '@xstate', '@types'])
    await mkdir(join(modules, scope), { recursive: true });
  await symlink(root, join(modules, 'strapi-ferry'));
  for (const name of packages) await symlink(join(root, 'node_modules', name), join(modules, name));
  const command = join(modules, '.bin/strapi-ferry');
  await writeFile(command, `#!/bin/sh\nexec "${process.execPath}" "${join(root, 'dist/cli.js')}" "$@"\n`);
  await chmod(command, 0o755);
  await writeFile(join(folder, 'package.json'), JSON.stringify({ type: 'module', private: true }));
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['*'] }));
  for (const { file, text } of blocks) {
    await writeFile(join(folder, file), text);
    if (!/\.tsx?$/.test(file)) continue;
    // Node 20 takes no types away.
    const { code } = await transformWithOxc(text, join(folder, file), { jsx: { runtime: 'automatic' } });
    await writeFile(join(folder, file.replace(/\.tsx?$/, '.js')), code);
  }
  return { folder, remove: () => rm(folder, { recursive: true }) };
}
