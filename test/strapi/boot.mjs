// One Strapi in one process, steered over IPC by harness/strapi.ts. Its only argument is JSON:
// {appDir, bucket?: true, seed?: 'hard' | 'site' | {articles, assetBytes, assetCount}, only?: 'seed', uploadDelay?: ms}.
import { renameSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { seedBulk } from './seed/bulk.mjs';
import { seedHard } from './seed/hard.mjs';
import { seedSite } from './seed/site.mjs';
import { restoreTables, saveTables, tablesOf } from './seed/tables.mjs';

const DAY = 24 * 60 * 60 * 1000;
const options = JSON.parse(process.argv[2]);

// Whoever started this is gone: so is this, and what it wrote.
process.on('disconnect', () => {
  rmSync(options.appDir, { recursive: true, force: true });
  process.exit(0);
});
if (!process.connected) process.exit(1);

const { createStrapi } = createRequire(join(options.appDir, 'package.json'))('@strapi/strapi');
const app = await createStrapi({
  appDir: options.appDir,
  distDir: options.appDir,
  serveAdminPanel: process.env.FERRY_TEST_PANEL === 'true',
}).load();

// Files that lie elsewhere: as with S3, no folder of this machine is moved away before they are deleted.
if (options.bucket) {
  const bucket = join(options.appDir, 'bucket');
  renameSync(join(options.appDir, 'public', 'uploads'), bucket);
  app.config.set('plugin::upload.provider', 'bucket');
  app.plugin('upload').provider.delete = ({ hash, ext }) =>
    rmSync(join(bucket, `${hash}${ext}`), { force: true });
  await app.db.query('plugin::upload.file').updateMany({ where: {}, data: { provider: 'bucket' } });
}

// A storage that is slow: each file takes so much longer until it is stored.
const storing = new Set();
if (options.uploadDelay) {
  const { provider } = app.plugin('upload');
  const { uploadStream } = provider;
  provider.uploadStream = (file) => {
    const stored = setTimeout(options.uploadDelay).then(() => uploadStream.call(provider, file));
    storing.add(stored);
    return stored.finally(() => storing.delete(stored));
  };
}

async function createToken({ permissions, lifespanDays = null }) {
  const expired = lifespanDays !== null && lifespanDays < 0;
  const token = await app.service('admin::transfer').token.create({
    name: `test ${await app.db.query('admin::transfer-token').count()}`,
    description: '',
    permissions,
    // Strapi takes 7, 30 and 90 days only; a negative lifespan stands for one that is over.
    lifespan: lifespanDays === null ? null : (expired ? 7 : lifespanDays) * DAY,
  });
  if (expired) {
    await app.db.query('admin::transfer-token').update({
      where: { id: token.id },
      data: { expiresAt: new Date(Date.now() + lifespanDays * DAY).getTime() },
    });
  }
  return { id: token.id, accessKey: token.accessKey };
}

const commands = {
  createToken,
  revokeToken: async ({ id }) => {
    await app.service('admin::transfer').token.revoke(id);
  },
  tables: () => tablesOf(app.db.connection),
  saveTables: () => saveTables(app.db.connection, join(options.appDir, 'saved.db')),
  restoreTables: () => restoreTables(app.db.connection, join(options.appDir, 'saved.db')),
  sql: async ({ statements }) => {
    for (const statement of statements) await app.db.connection.raw(statement);
  },
  stored: async () => {
    await Promise.allSettled(storing);
  },
  // A script of a test, in this process.
  run: async ({ script, name, params }) => (await import(script))[name](app, params),
  counts: async () => {
    const own = Object.keys(app.contentTypes).filter((uid) => uid.startsWith('api::'));
    const counts = {};
    for (const uid of [...own, 'plugin::upload.file', 'plugin::i18n.locale']) {
      counts[uid] = await app.db.query(uid).count();
    }
    return counts;
  },
};

/** Without a salt no token can be stored: any text will do where the server fails on it anyway. */
async function initialTokens() {
  if (!app.config.get('admin.transfer.token.salt')) {
    return { full: 'no-salt', push: 'no-salt', pull: 'no-salt' };
  }
  const key = async (permissions) => (await createToken({ permissions })).accessKey;
  return { full: await key(['push', 'pull']), push: await key(['push']), pull: await key(['pull']) };
}

if (options.seed === 'hard') await seedHard(app);
else if (options.seed === 'site') await seedSite(app);
else if (options.seed) await seedBulk(app, options.seed);

if (options.only === 'seed') {
  await app.destroy();
  process.send({ type: 'seeded' }, () => process.exit(0));
} else {
  const tokens = await initialTokens();
  process.on('message', async ({ id, command, params }) => {
    try {
      process.send({ type: 'answer', id, result: await commands[command](params) });
    } catch (error) {
      process.send({ type: 'answer', id, error: error.message });
    }
  });
  await app.start();
  const { port } = app.server.httpServer.address();
  process.send({ type: 'ready', port, version: app.config.get('info.strapi'), tokens });
}
