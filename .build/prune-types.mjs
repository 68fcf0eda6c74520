// npm run build: of the types that tsc wrote, only those stay that something public leads to. The others cannot be imported.
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import manifest from '../package.json' with { type: 'json' };

const root = resolve('dist/types');
const wanted = new Set();

function want(file) {
  if (wanted.has(file)) return;
  wanted.add(file);
  for (const [, path] of readFileSync(file, 'utf8').matchAll(/(?:from |import\()['"](\.[^'"]+)\.js['"]/g))
    want(resolve(dirname(file), `${path}.d.ts`));
}

for (const { types } of Object.values(manifest.exports)) if (types !== undefined) want(resolve(types));
for (const name of readdirSync(root, { recursive: true })) {
  const file = join(root, name);
  if (file.endsWith('.d.ts') && !wanted.has(file)) rmSync(file);
}
