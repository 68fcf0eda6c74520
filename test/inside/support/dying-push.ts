import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { strapiDestination } from '../../../src/strapi/destination/destination.js';
import { putLabel } from './labelled-push.js';
import { type StrapiDescription, viewOf } from './strapi-view.js';

/** A process that pushes `new` into a folder, and is killed at a step of the commit. */
const [folder = '', step = '', packagesOf = ''] = process.argv.slice(2);

const description = JSON.parse(
  readFileSync(join(folder, '..', 'description.json'), 'utf8'),
) as StrapiDescription;
const strapi = viewOf(description, {
  filename: join(folder, 'data.db'),
  publicFolder: join(folder, 'public'),
  packagesOf,
});

await putLabel(
  strapiDestination(strapi, {
    onStep: (next) => {
      if (next === step) process.kill(process.pid, 'SIGKILL');
      if (step === 'takeBackFiles' && next === 'commit') throw new Error('so that the files go back');
    },
  }),
  'new',
);
await strapi.close();
