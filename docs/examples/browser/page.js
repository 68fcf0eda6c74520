import { createInspection, createMemoryStore, createRemoteSource } from 'strapi-ferry/browser';

const status = document.querySelector('[role=status]');
const list = document.querySelector('ul');

/** Pulls the rows of the server that this page came from into `store`. The server knows the user by a cookie. */
async function pullInto(store, inspect) {
  const response = await fetch('/ticket', { method: 'POST' });
  if (!response.ok) throw new Error('Log in first.');
  const { ticket } = await response.json();
  const from = createRemoteSource({ url: `${location.origin}/admin`, ticket, inspect });
  const to = store.destination();
  const steps = ['entities', 'links', 'configuration'];
  await from.open();
  await to.open();
  await to.prepare({ steps, metadata: await from.metadata(), schemas: await from.schemas() });
  for (const step of steps) {
    const writer = await to.rowWriter(step);
    for await (const rows of from.rows(step)) await writer.write(rows);
    await writer.end();
  }
  await to.commit();
  await from.close();
}

const store = createMemoryStore();
const inspection = createInspection({ roles: ['client'] });
let records = 0;
inspection.attach({ write: (written) => (records += written.length) });
try {
  await pullInto(store, inspection.inspect);
  const articles = store.content().entities.filter(({ type }) => type === 'api::article.article');
  list.append(
    ...articles.map(({ data }) => Object.assign(document.createElement('li'), { textContent: data.title })),
  );
  await inspection.flush();
  status.textContent = `${articles.length} articles, ${records} records of the charts`;
} catch (error) {
  status.textContent = error.message;
}
