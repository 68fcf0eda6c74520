/**
 * Writes a label into a folder: `directory-child <path> <label> <end>`. It ends as told: `commit`; `wait`, holding the
 * store until it is killed; or a number, killing itself, for good, at that operation of the file system.
 */
import type { FileSystem } from '../../../src/ports/files.js';
import { nodeFiles } from '../../../src/ports/node-files.js';
import { createDirectoryDestination } from '../../../src/stores/index.js';
import { putLabel, writeLabel } from '../../support/stored-label.js';

const [path = '', label = '', end = ''] = process.argv.slice(2);
const killAt = Number(end);

function dyingFiles(files: FileSystem): FileSystem {
  let operations = 0;
  const counted = (work: unknown) =>
    typeof work !== 'function'
      ? work
      : (...given: unknown[]) => {
          operations += 1;
          if (operations === killAt) process.kill(process.pid, 'SIGKILL');
          return work.apply(files, given);
        };
  return Object.fromEntries(
    Object.entries(files).map(([name, work]) => [name, counted(work)]),
  ) as unknown as FileSystem;
}

const files = dyingFiles(nodeFiles);
const destination = createDirectoryDestination({ path, force: true, files });
if (end === 'wait') {
  await destination.open();
  await writeLabel(destination, label);
  process.stdout.write('written\n');
  process.stdin.resume();
} else {
  await putLabel(destination, label);
  process.stdout.write('committed\n');
}
