// prepack: puts the README for npm in the place of the repository's. postpack (`--restore`) puts that back.
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { shippedReadme } from './shipped-pages.mjs';

const kept = '.build/README.repository.md';

// An earlier pack was cut off.
if (existsSync(kept)) renameSync(kept, 'README.md');
if (!process.argv.includes('--restore')) {
  const text = readFileSync('README.md', 'utf8');
  writeFileSync(kept, text);
  writeFileSync('README.md', shippedReadme(text));
}
