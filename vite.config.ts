import { defineConfig } from 'vitest/config';
import manifest from './package.json' with { type: 'json' };

/** What the package's `exports` and `bin` name; a folder's `index.ts` is its public face. */
const entries = {
  index: 'src/index.ts',
  machines: 'machines/index.ts',
  protocol: 'src/protocol/index.ts',
  browser: 'src/browser/index.ts',
  client: 'src/client/index.ts',
  server: 'src/server/index.ts',
  stores: 'src/stores/index.ts',
  inspect: 'src/inspect/index.ts',
  inspector: 'src/inspector/index.ts',
  testing: 'src/testing/index.ts',
  cli: 'src/cli/main.ts',
  'strapi-server': 'src/strapi/server.ts',
  'strapi-admin': 'src/strapi/admin.ts',
};

/** The admin panel of a Strapi has them, one copy of each for all of its pages. */
const panel = ['react', 'react-router-dom', '@strapi/design-system', '@strapi/strapi/admin'];

const external = [
  ...Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }),
  ...panel,
  'node:',
];

export default defineConfig({
  build: {
    target: 'node20',
    outDir: 'dist',
    minify: false,
    // What is shipped is not minified, so a stack names functions that can be read; maps would triple the package.
    sourcemap: false,
    lib: { entry: entries, formats: ['es'] },
    rolldownOptions: {
      external: (id) =>
        external.some((name) => id === name || id.startsWith(name === 'node:' ? name : `${name}/`)),
      output: { chunkFileNames: 'chunks/[name].js' },
    },
  },
  test: {
    // A test file waits for the process, the socket or the disk that it started about as long as it works: with twice as
    // many workers as cores another file works then. FERRY_WORKERS says otherwise.
    maxWorkers: process.env['FERRY_WORKERS'] ?? '200%',
    // Charts make many small objects; V8's default of 16 MiB for the young ones has it collect all the time.
    execArgv: ['--max-semi-space-size=64'],
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          // They share what they have loaded: half of their time went into loading it again. None may change it.
          isolate: false,
          // They take milliseconds; of a machine that is busy with something else they ask no haste.
          testTimeout: 20_000,
        },
      },
      {
        // Real sockets, real files, real processes of the built command.
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          isolate: false,
          testTimeout: 30_000,
          hookTimeout: 30_000,
        },
      },
      {
        // The built page of the inspector in Debian's Chromium.
        test: {
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          testTimeout: 30_000,
          hookTimeout: 30_000,
          fileParallelism: false,
        },
      },
      {
        // Those of the docs (npm run pictures).
        test: { name: 'pictures', include: ['test/{browser,strapi}/*.pictures.ts'], testTimeout: 30_000 },
      },
      {
        // The package as npm packs it, in projects of others; and the recipes, which need it built.
        test: {
          name: 'package',
          include: ['test/package/**/*.test.ts'],
          testTimeout: 60_000,
        },
      },
      {
        // A real Strapi: needs the packages of test/strapi (npm run test:strapi installs them).
        test: {
          name: 'strapi',
          include: ['test/strapi/**/*.strapi.test.ts'],
          testTimeout: 400_000,
          hookTimeout: 300_000,
          // A Strapi and what speaks to it take turns; two pairs keep two cores at work.
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        // The plugin in a real Strapi: needs the build, and the packages of test/strapi (npm run test:inside).
        test: {
          name: 'inside',
          include: ['test/inside/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          maxWorkers: 2,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
