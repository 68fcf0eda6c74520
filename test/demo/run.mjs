// npm run demo: builds what is not built yet, then plays demo.mjs.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const built = join(root, 'dist/cli.js');

const changedAt = (folder) =>
  Math.max(
    ...readdirSync(join(root, folder), { recursive: true }).map(
      (name) => statSync(join(root, folder, name)).mtimeMs,
    ),
  );
const isStale = () => Math.max(changedAt('src'), changedAt('machines')) > statSync(built).mtimeMs;

if (!existsSync(built) || isStale()) {
  const vite = join(root, 'node_modules/vite/bin/vite.js');
  execFileSync(process.execPath, [vite, 'build', '--logLevel', 'warn'], { cwd: root, stdio: 'inherit' });
}
await import('./demo.mjs');
