import { expect, test } from 'vitest';
import { createUploadsWatch } from '../../../src/client/uploads-watch.js';

const [created, deleting, deleted, removed] = [
  'created assets backup directory /srv/public/uploads_backup_1',
  'deleting all assets',
  'deleted all assets',
  'successfully removed assets backup',
];

test.each<[string, readonly string[], object | undefined]>([
  ['nothing was said', ['getting schema'], undefined],
  ['its disk holds them', [created, deleting, deleted], { uploads: ['/srv/public/uploads_backup_1'] }],
  ['its disk held them', [created, deleting, deleted, removed], { uploadsDeleted: true }],
  ['another provider deletes them', [deleting], { filesDeleted: true }],
  ['another provider has deleted them', [deleting, deleted, removed], { filesDeleted: true }],
])('tells what a Strapi leaves of its files where %s', (_, messages, leftovers) => {
  const watch = createUploadsWatch();
  for (const message of messages) watch.see({ kind: 'info', message });
  expect(watch.leftovers()).toEqual(leftovers);
});
