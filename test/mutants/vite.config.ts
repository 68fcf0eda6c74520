import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Of the unit tests those that reach machines/ and src/protocol/; what is likely to notice a mistake at once first. */
const all = 'machines,protocol,properties,transport,client';
const folders = (process.env['FERRY_MUTANT_TESTS'] ?? all).split(',');

/** A mistake is found by the first test that fails, and the rest need not run. */
class LikeliestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification) =>
      folders.findIndex((folder) => moduleId.includes(`/test/unit/${folder}/`));
    return files.toSorted((a, b) => place(a) - place(b) || (a.moduleId < b.moduleId ? -1 : 1));
  }
}

/** For .stryker.config.mjs. */
export default defineConfig({
  test: {
    include: folders.map((folder) => `test/unit/${folder}/**/*.test.ts`),
    sequence: { sequencer: LikeliestFirst },
    testTimeout: 30_000,
    env: { FERRY_MUTANTS: '1' },
  },
});
