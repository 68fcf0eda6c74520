import { fork } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { nodeFiles } from '../../../src/ports/node-files.js';
import { strapiDestination } from '../../../src/strapi/destination/destination.js';
import { rollForward } from '../../../src/strapi/destination/roll-forward.js';
import { commitSteps } from '../../../src/strapi/destination/steps.js';
import { labelOfRows, labelsOfFiles, putLabel, wholeFiles, wholeSite } from '../support/labelled-push.js';
import { loadStrapi } from '../support/strapi-in-process.js';
import { describeStrapi, packages, type StrapiDescription, viewOf } from '../support/strapi-view.js';

let folder: string;
let description: StrapiDescription;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ferry-sigkill-'));
  const site = await loadStrapi({ content: 'none' });
  description = describeStrapi(site.strapi);
  await putLabel(strapiDestination(site.strapi), 'old');
  const old = join(folder, 'old');
  await mkdir(old);
  await site.strapi.db.connection.raw('VACUUM INTO ?', [join(old, 'data.db')]);
  await cp(join(site.folder, 'public'), join(old, 'public'), { recursive: true });
  await rm(join(old, 'public', 'uploads', '.gitkeep'), { force: true });
  await site.stop();
  await writeFile(join(folder, 'description.json'), JSON.stringify(description));
  await build({
    ...{ configFile: false, logLevel: 'error' },
    build: {
      ssr: fileURLToPath(new URL('../support/dying-push.ts', import.meta.url)),
      outDir: join(folder, 'built'),
      target: 'node20',
    },
    ssr: { noExternal: true },
  });
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const committed = commitSteps.indexOf('commit');

const killedAt = [
  ...commitSteps.map((step, at) => [step, at > committed ? 'new' : 'old'] as const),
  ['takeBackFiles', 'old'] as const,
];

test.concurrent.each(killedAt)(
  'a process that is killed before %s leaves %s rows and files to the next',
  async (step, label) => {
    const own = join(folder, step);
    await cp(join(folder, 'old'), own, { recursive: true });
    const child = fork(join(folder, 'built', 'dying-push.js'), [own, step, packages], {
      stdio: 'inherit',
      execArgv: [],
    });
    const [, signal] = await once(child, 'exit');
    expect(signal).toBe('SIGKILL');
    const strapi = viewOf(description, { filename: join(own, 'data.db'), publicFolder: join(own, 'public') });
    await rollForward(strapi);
    expect(await labelOfRows(strapi)).toBe(wholeSite(label));
    expect(await labelsOfFiles(nodeFiles, join(own, 'public', 'uploads'))).toEqual(wholeFiles(label));
    await strapi.close();
  },
);
