import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { picture } from './bytes.mjs';

const article = 'api::article.article';
const category = 'api::category.category';

/** Stands in the name of whatever has one, so that a row tells which site it is of. */
const owner = 'destination';
const language = 'de';

/** A site that is in use, in small: content in two languages, and everything that a Strapi keeps beside its content. */
export async function seedSite(app) {
  const create = (uid, data) => app.db.query(uid).create({ data });
  await app
    .plugin('i18n')
    .service('locales')
    .create({ code: language, name: `${owner} German` });
  await createContent(app, await uploadFiles(app));
  if (app.plugin('users-permissions')) await createEndUsers(create, app);
  await createPanelUsers(create, app);
  await createSettings(create, app);
}

async function uploadFiles(app) {
  const temporary = await mkdtemp(join(tmpdir(), 'ferry-seed-'));
  const folder = await app
    .plugin('upload')
    .service('folder')
    .create({ name: `${owner} folder`, parent: null });
  const upload = async (name, mimetype, bytes, place) => {
    const filepath = join(temporary, 'file');
    await writeFile(filepath, bytes);
    const [file] = await app
      .plugin('upload')
      .service('upload')
      .upload({
        data: { fileInfo: { name: `${owner} ${name}`, folder: place } },
        files: { filepath, originalFilename: `${owner}-${name}`, mimetype, size: bytes.length },
      });
    return file;
  };
  try {
    return [
      await upload('harbour.png', 'image/png', picture(320, 240, 90), null),
      await upload('notes.txt', 'text/plain', Buffer.from(`The notes of ${owner}.\n`), folder.id),
    ];
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

async function createContent(app, [cover, notes]) {
  const author = await app
    .documents('api::author.author')
    .create({ data: { name: `${owner} author`, email: `${owner}@example.com`, avatar: cover.id } });
  const categories = [];
  for (const index of [0, 1]) {
    const created = await app.documents(category).create({
      locale: 'en',
      data: { name: `${owner} category ${index}`, parent: categories[0]?.documentId },
    });
    const translated = { name: `${owner} category ${index} in ${language}` };
    await app
      .documents(category)
      .update({ documentId: created.documentId, locale: language, data: translated });
    categories.push(created);
  }
  const link = { label: `${owner} link`, href: '/', category: categories[0].documentId };
  for (const index of [0, 1, 2]) {
    const { documentId } = await app.documents(article).create({
      locale: 'en',
      data: {
        title: `${owner} article ${index}`,
        author: author.documentId,
        categories: categories.map((one) => one.documentId),
        cover: cover.id,
        attachments: [notes.id],
        seo: { description: `${owner} description`, canonical: link, share: cover.id },
        gallery: [{ caption: `${owner} slide`, image: cover.id, links: [link] }],
        sections: [{ __component: 'sections.quote', text: `${owner} quote` }],
      },
    });
    if (index === 0) await app.documents(article).publish({ documentId, locale: 'en' });
    await app.documents(article).update({
      documentId,
      locale: language,
      data: { title: `${owner} article ${index} in ${language}` },
    });
  }
  await app.documents('api::homepage.homepage').create({ locale: 'en', data: { headline: `${owner} home` } });
}

async function createEndUsers(create, app) {
  const role = await create('plugin::users-permissions.role', {
    ...{ name: `${owner} members`, description: 'Members', type: `${owner}-members` },
  });
  const action = 'plugin::users-permissions.user.me';
  await create('plugin::users-permissions.permission', { action, role: role.id });
  await app
    .plugin('users-permissions')
    .service('user')
    .add({
      ...{
        username: `${owner} reader`,
        email: `${owner}-reader@example.com`,
        password: 'A-planted-password-1',
      },
      ...{ provider: 'local', confirmed: true, role: role.id },
    });
}

async function createPanelUsers(create, app) {
  const role = await create('admin::role', { name: `${owner} editors`, code: `${owner}-editors` });
  await create('admin::permission', {
    ...{ action: 'plugin::content-manager.explorer.read', subject: article, properties: {}, conditions: [] },
    role: role.id,
  });
  const user = await app.service('admin::user').create({
    ...{ email: `${owner}-admin@example.com`, firstname: owner, lastname: 'admin' },
    ...{ password: 'A-planted-password-1', isActive: true, roles: [role.id] },
  });
  await app.service('admin::api-token').create({
    ...{ name: `${owner} API token`, description: '', type: 'custom', lifespan: null },
    permissions: ['plugin::upload.content-api.find'],
  });
  await create('admin::session', {
    ...{ userId: String(user.id), sessionId: `${owner}-session`, origin: 'admin', type: 'refresh' },
    ...{ status: 'active', expiresAt: new Date('2030-01-01'), absoluteExpiresAt: new Date('2030-01-01') },
  });
  const [draft] = await app.db.query(article).findMany({ limit: 1 });
  const release = await create('plugin::content-releases.release', {
    ...{ name: `${owner} release`, status: 'ready', timezone: 'UTC' },
  });
  await create('plugin::content-releases.release-action', {
    ...{ type: 'publish', contentType: article, entryDocumentId: draft.documentId, locale: 'en' },
    ...{ isEntryValid: true, release: release.id },
  });
  await create('plugin::content-manager.history-version', {
    ...{ contentType: article, relatedDocumentId: draft.documentId, locale: 'en', status: 'draft' },
    ...{ data: { title: `${owner} of before` }, schema: {}, createdBy: user.id },
  });
}

async function createSettings(create, app) {
  // Not enabled: nothing may leave the machine.
  await create('strapi::webhook', {
    ...{ name: `${owner} webhook`, url: 'http://127.0.0.1:9/hook', headers: {}, events: ['entry.publish'] },
    enabled: false,
  });
  await app.store({ type: 'plugin', name: 'ferry-test', key: 'settings' }).set({ value: { owner } });
  const workflow = await create('plugin::review-workflows.workflow', {
    ...{ name: `${owner} workflow`, contentTypes: [] },
  });
  await create('plugin::review-workflows.workflow-stage', {
    ...{ name: `${owner} stage`, color: '#4945FF', workflow: workflow.id },
  });
  const status = 'completed';
  await create('plugin::upload.ai-metadata-job', { status });
  await create('plugin::i18n.ai-localization-job', {
    ...{ contentType: article, relatedDocumentId: owner, sourceLocale: 'en', targetLocales: ['de'], status },
  });
}
