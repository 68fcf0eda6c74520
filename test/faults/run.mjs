// npm run test:faults -- [--seeds n] [--from n] [--seed n] [--recording path]
// The simulation is TypeScript; Vite, which builds the package, loads it.
import { fileURLToPath } from 'node:url';
import { runnerImport } from 'vite';

const main = fileURLToPath(new URL('./main.ts', import.meta.url));
const { module } = await runnerImport(main, { configFile: false, logLevel: 'error' });
process.exitCode = await module.testFaults(process.argv.slice(2));
