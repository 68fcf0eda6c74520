import { spawn } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createAppFolder, type Version } from './app-folder.js';
import type { Content } from './child.js';

/** A Strapi project on the disk, and Strapi's own command in it. Nothing of it runs in between. */
export interface StrapiProject {
  /** `strapi transfer …`, as a user types it; there is nobody to ask. */
  transfer(...flags: string[]): Promise<CommandResult>;
  /** `strapi export …` */
  export(...flags: string[]): Promise<CommandResult>;
  /** `strapi import …` */
  import(...flags: string[]): Promise<CommandResult>;
  remove(): Promise<void>;
}

interface CommandResult {
  readonly exitCode: number | null;
  readonly output: string;
}

export async function createProject(version: Version, content: Content): Promise<StrapiProject> {
  const folder = await createAppFolder(version, content);
  return {
    transfer: (...flags) => run(folder, ['transfer', ...flags]),
    export: (...flags) => run(folder, ['export', ...flags]),
    import: (...flags) => run(folder, ['import', ...flags]),
    remove: () => rm(folder, { recursive: true, force: true, maxRetries: 5 }),
  };
}

function run(cwd: string, parameters: string[]): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const bin = join(cwd, 'node_modules', '@strapi', 'strapi', 'bin', 'strapi.js');
    const child = spawn(process.execPath, [bin, ...parameters], {
      cwd,
      env: {
        ...process.env,
        NODE_OPTIONS: '',
        NODE_ENV: 'production',
        STRAPI_TELEMETRY_DISABLED: 'true',
        FERRY_TOKEN_SALT: 'test-transfer-token-salt',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    }
    child.once('error', reject);
    child.once('close', (exitCode) => resolve({ exitCode, output }));
  });
}
