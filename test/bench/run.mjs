// npm run bench -- [--quick] [--rounds n] [--only text] [--write]
// The harness and the rest of this folder are TypeScript; Vite, which builds the package, loads them.
import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';

const main = fileURLToPath(new URL('./main.ts', import.meta.url));
const { module } = await runnerImport(main, { configFile: false, logLevel: 'error' });
process.exitCode = await module.bench(process.argv.slice(2));
process.exit();
