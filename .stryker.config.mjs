/** Mistakes that are planted one by one in machines/ and src/protocol/: `npm run test:mutants`, see docs/mutants.md. */
const config = {
  mutate: ['machines/**/*.ts', 'src/protocol/**/*.ts', '!**/index.ts'],
  testRunner: 'vitest',
  vitest: { configFile: 'test/mutants/vite.config.ts', related: true },
  // Each mutant meets the tests that reach its line, and no other.
  coverageAnalysis: 'perTest',
  // What nothing has changed for keeps its result.
  incremental: true,
  incrementalFile: '.stryker/incremental.json',
  tempDirName: '.stryker/sandboxes',
  // docs/errors.md is what the error table is held against.
  ignorePatterns: [
    ...['dist', 'docs/!(errors.md)', 'man', '.stryker'],
    ...['test/strapi', 'test/bench', 'test/legacy-inspect'],
  ],
  reporters: ['clear-text', 'progress-append-only', 'html', 'json'],
  htmlReporter: { fileName: '.stryker/mutants.html' },
  jsonReporter: { fileName: '.stryker/mutants.json' },
  clearTextReporter: { allowColor: false, reportTests: false, logTests: false, allowEmojis: false },
  // A mutant that waits for ever is found so: real tests take milliseconds.
  timeoutMS: 5_000,
  concurrency: 1,
  tsconfigFile: 'none.json',
  allowEmpty: true,
};
export default config;
