// What tests of the plugin do in the process of the Strapi that has it: each function is given the running Strapi.
import { Server as SocketIoServer } from 'socket.io';

/** Every route, as `METHOD path`, sorted. */
export const routes = (app) =>
  app.server
    .listRoutes()
    .flatMap(({ methods, path }) => methods.map((method) => `${method} ${path}`))
    .sort();

/** Tables of the database, sorted. */
export async function tableNames(app) {
  const tables = await app.db.dialect.schemaInspector.getTables();
  return tables.sort();
}

export const actions = (app) => app.service('admin::permission').actionProvider.keys().sort();

/** Permissions that rows of roles name. */
export async function grantedActions(app) {
  const rows = await app.db.query('admin::permission').findMany({ select: ['action'] });
  return [...new Set(rows.map(({ action }) => action))].sort();
}

/** How many listen to upgrades of its server. */
export const upgradeListeners = (app) => app.server.httpServer.listenerCount('upgrade');

/** A user of the admin panel, who has a role with these permissions, or all. */
export async function createAdmin(app, { email, password, actions }) {
  const roles = app.service('admin::role');
  let role = await roles.findOne({ code: 'strapi-super-admin' });
  if (actions !== undefined) {
    role = await roles.create({ name: email, description: '' });
    await roles.assignPermissions(
      role.id,
      actions.map((action) => ({ action, subject: null, properties: {}, conditions: [] })),
    );
  }
  const user = await app
    .service('admin::user')
    .create({ email, password, firstname: 'Ada', lastname: 'Lovelace', isActive: true, roles: [role.id] });
  return user.id;
}

/** The row of a token. */
export const tokenRow = (app, { id }) =>
  app.db.query('admin::transfer-token').findOne({ where: { id }, populate: ['permissions'] });

export const updateToken = (app, { id, data }) =>
  app.db.query('admin::transfer-token').update({ where: { id }, data });

/** Takes the scopes of a token. */
export const withdrawScopes = (app, { id }) =>
  app.db.query('admin::transfer-token-permission').deleteMany({ where: { token: id } });

/** Another program on the same HTTP server, which ends upgrades that have no answer after a second. */
export function attachSocketIo(app) {
  new SocketIoServer(app.server.httpServer, { transports: ['websocket'] });
}

/** Each look at a token takes so much longer. Milliseconds. */
export function slowTokens(app, { ms }) {
  const query = app.db.query.bind(app.db);
  app.db.query = (uid) => {
    const queries = query(uid);
    if (uid !== 'admin::transfer-token') return queries;
    return {
      ...queries,
      findOne: (options) =>
        new Promise((resolve) => setTimeout(resolve, ms)).then(() => queries.findOne(options)),
    };
  };
}

/** Ends it as SIGTERM does. */
export const destroy = (app) => app.destroy();

/** Bytes of its memory that are in use, once what is not was collected where that can be done. */
export function memory() {
  globalThis.gc?.();
  return process.memoryUsage().rss;
}

/** What it says of itself, as JSON: see strapi-view.ts. */
export function describe(app) {
  const { contentTypes, components, db } = app;
  const models = [...db.metadata.values()].map(({ uid, tableName, attributes }) => ({
    ...{ uid, tableName, attributes },
  }));
  const internal = app
    .get('models')
    .get()
    .map(({ uid }) => ({ uid }));
  return JSON.parse(JSON.stringify({ contentTypes, components, models, internal }));
}
