// One Strapi in one process, steered over IPC by harness/strapi.ts. Its only argument is JSON:
// {appDir, seed?: 'hard' | {articles, assetBytes, assetCount}, only?: 'seed'}.
import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { seedBulk } from './seed/bulk.mjs';
import { seedHard } from './seed/hard.mjs';

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
  serveAdminPanel: false,
}).load();

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
