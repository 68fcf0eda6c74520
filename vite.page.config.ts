import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin, runnerImport } from 'vite';

/** The module with the layouts of Ferry's own charts. */
function readyLayouts(): Plugin {
  const name = 'virtual:ready-layouts';
  const file = fileURLToPath(new URL('.build/ready-layouts.ts', import.meta.url));
  return {
    name: 'ready-layouts',
    resolveId: (id) => (id === name ? `\0${name}` : undefined),
    async load(id) {
      if (id !== `\0${name}`) return undefined;
      const { module } = await runnerImport<typeof import('./.build/ready-layouts.js')>(file);
      return `export default ${JSON.stringify(await module.readyLayouts())}`;
    },
  };
}

/** The inspector's page: files that a browser loads from this machine alone. */
export default defineConfig({
  root: fileURLToPath(new URL('src/inspector/page', import.meta.url)),
  base: './',
  plugins: [readyLayouts()],
  build: {
    outDir: '../../../dist/inspect-page',
    emptyOutDir: true,
    target: 'es2022',
    // The page is served beside the package; whoever wants to read it has the sources.
    sourcemap: false,
    assetsInlineLimit: 0,
    license: { fileName: 'licenses.md' },
    // elkjs is a layout engine translated from Java: large, and loaded when the first chart is shown.
    chunkSizeWarningLimit: 600,
    rolldownOptions: {
      output: {
        // One script, so that a recording and the page fit into one file: src/inspector/standalone.ts.
        codeSplitting: false,
        entryFileNames: 'page.js',
        assetFileNames: '[name][extname]',
      },
    },
  },
});
