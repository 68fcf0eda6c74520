// Writes docs/api from the docstrings; with --check it only says whether docs/api is what would be written.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const api = join(here, '../api');
const typedoc = join(here, 'node_modules/typedoc/bin/typedoc');

const generate = (out) =>
  execFileSync(process.execPath, [typedoc, '--logLevel', 'Warn', '--out', out], {
    cwd: here,
    stdio: 'inherit',
  });

const pagesIn = (folder) =>
  Object.fromEntries(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]));

function staleIn(folder) {
  const [written, kept] = [pagesIn(folder), pagesIn(api)];
  const names = new Set([...Object.keys(written), ...Object.keys(kept)]);
  return [...names].filter((name) => written[name] !== kept[name]);
}

if (process.argv.includes('--check')) {
  const folder = mkdtempSync(join(tmpdir(), 'ferry-api-'));
  generate(folder);
  const stale = staleIn(folder);
  rmSync(folder, { recursive: true });
  if (stale.length > 0) {
    console.error(`docs/api is not what the docstrings say: ${stale.join(', ')}. Run npm run docs:api.`);
    process.exitCode = 1;
  }
} else {
  generate(api);
}
