import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { lastingThread } from './lasting-thread.js';

/** Of the unit tests those that reach machines/ and src/protocol/; what is likely to notice a mistake at once first. */
const all = 'machines,protocol,properties,transport,client';
/** Folders of test/unit, and the beginnings of files' names there. */
const chosen = (process.env['FERRY_MUTANT_TESTS'] ?? all).split(',');

/** A mistake is found by the first test that fails, and the rest need not run. */
class LikeliestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification) =>
      [...chosen, ''].findIndex((path) => path === '' || moduleId.includes(`/test/unit/${path}`));
    return files.toSorted((a, b) => place(a) - place(b) || (a.moduleId < b.moduleId ? -1 : 1));
  }
}

/** For .stryker.config.mjs. */
export default defineConfig({
  test: {
    include: [
      ...chosen.flatMap((path) => [`test/unit/${path}/**/*.test.ts`, `test/unit/${path}*.test.ts`]),
      'test/mutants/loads.test.ts',
    ],
    sequence: { sequencer: LikeliestFirst },
    testTimeout: 30_000,
    env: { FERRY_MUTANTS: '1' },
    setupFiles: ['test/mutants/forget-mutant.ts'],
    // Stryker counts for itself.
    reporters: [{}],
  },
  plugins: [
    {
      name: 'lasting-thread',
      // Stryker asks for threads, and would have its way in `test.pool`.
      configureVitest({ project }) {
        Object.assign(project.config, { pool: lastingThread.name, poolRunner: lastingThread });
      },
    },
  ],
});
