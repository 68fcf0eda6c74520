// Ends the process of a running Strapi at a step of a push's commit: it is preloaded there (`--import`). The plugin is as it is shipped: a step is known by what it asks
// of the disk and of the database.
import disk from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { basename, dirname, sep } from 'node:path';

const isStaged = (path) => /[\\/]\.ferry[\\/][^\\/]+[\\/]/.test(path) && !path.includes('push.ferry');
const isOfUploads = (path) => basename(dirname(path)) === 'uploads' && !path.includes(`${sep}.ferry`);
const note = 'plugin_ferry_push_';

/** What is done first in each step, in their order: an operation of the disk with its paths, or a statement with its values. */
const signs = {
  check: ({ reads = false, to }) => reads && isStaged(to),
  planFiles: ({ disk, to }) => disk === 'readdir' && isStaged(to) && basename(to) === 'uploads',
  addFiles: ({ disk, from, to }) => disk === 'rename' && isStaged(from) && isOfUploads(to),
  lock: ({ sql }) => /^begin/i.test(sql),
  note: ({ sql, values }) => /^insert/i.test(sql) && String(values[0]).startsWith(note),
  clear: ({ sql }) => /^(delete|update)/i.test(sql) && !/core_store/.test(sql),
  writeRows: ({ sql }) => /^insert/i.test(sql),
  writeLinks: ({ sql }) => /^insert into \W\w+(_lnk|_mph)\W/i.test(sql.replace('"public".', '')),
  writeConfiguration: ({ sql }) => /^insert into [^(]*core_store/i.test(sql),
  commit: ({ sql }) => /^commit/i.test(sql),
  replaceFiles: ({ disk, from, to }) => disk === 'rename' && isStaged(from) && isOfUploads(to),
  removeOldFiles: ({ disk, to }) => disk === 'rm' && isOfUploads(to),
  removeStaging: ({ disk, to }) => disk === 'rm' && basename(dirname(to)) === '.ferry' && !/\.txt/.test(to),
  forgetCommit: ({ sql, values }) => /^delete/i.test(sql) && String(values[0]).startsWith(note),
  forgetPlan: ({ disk, to }) => disk === 'rm' && basename(to) === 'files.txt',
};

const steps = Object.keys(signs);

let seen = () => {};

// Preloaded: who loads these functions later gets them so.
for (const name of ['open', 'readdir', 'rename', 'rm']) {
  const original = disk[name];
  disk[name] = (path, second, ...others) => {
    const [from, to] = name === 'rename' ? [path, second] : ['', path];
    // Of what is read Ferry gives the flags as a number.
    const reads = name === 'open' && typeof second === 'number';
    seen({ disk: name, from: String(from), to: String(to), reads });
    return original(path, second, ...others);
  };
}
syncBuiltinESMExports();

/** Sends its own process a signal before what the step does first. Answers at once. */
export function endAt(app, { step, signal }) {
  const waited = Object.values(signs).slice(0, steps.indexOf(step) + 1);
  seen = (what) => {
    if (waited[0]?.({ sql: '', ...what }) !== true) return;
    waited.shift();
    if (waited.length === 0) process.kill(process.pid, signal);
  };
  app.db.connection.on('query', ({ sql, bindings }) => seen({ sql, values: bindings ?? [] }));
}
