import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

/** The inspector's page: files that a browser loads from this machine alone. */
export default defineConfig({
  root: fileURLToPath(new URL('src/inspector/page', import.meta.url)),
  base: './',
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
