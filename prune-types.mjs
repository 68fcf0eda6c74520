// tsc writes types of every file that it compiles; the package needs those that its exports lead to.
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import manifest from './package.json' with { type: 'json' };

const reached = new Set();
function visit(file) {
  if (reached.has(file)) return;
  reached.add(file);
  for (const [, path] of readFileSync(file, 'utf8').matchAll(/(?:from|import\()\s*['"](\.[^'"]+)\.js['"]/g)) {
    visit(resolve(dirname(file), `${path}.d.ts`));
  }
}
for (const { types } of Object.values(manifest.exports)) if (types !== undefined) visit(resolve(types));

for (const name of readdirSync('dist/types', { recursive: true })) {
  const file = resolve(join('dist/types', name));
  if (file.endsWith('.d.ts') && !reached.has(file)) rmSync(file);
}
