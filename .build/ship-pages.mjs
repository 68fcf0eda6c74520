// npm run build:docs: puts the pages that the package carries into dist/docs.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { shippedAs, shippedPage } from './shipped-pages.mjs';

rmSync('dist/docs', { recursive: true, force: true });
for (const path of execFileSync('git', ['ls-files', '*.md', 'docs/charts/*.json'], {
  encoding: 'utf8',
}).split('\n')) {
  const place = shippedAs(path);
  if (place === null || place === path) continue;
  const text = readFileSync(path, 'utf8');
  mkdirSync(dirname(place), { recursive: true });
  writeFileSync(place, path.endsWith('.md') ? shippedPage(path, text) : text);
}
