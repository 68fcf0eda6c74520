import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deterministicBytes } from './bytes.mjs';

// SQLite takes a limited number of values in one statement.
const ROWS_AT_ONCE = 40;
const LINKS_AT_ONCE = 200;
const article = 'api::article.article';
const stamp = '2024-01-01T00:00:00.000Z';

/** As many rows, links and bytes as a benchmark wants, written straight to the tables. */
export async function seedBulk(app, { articles, assetBytes, assetCount, authors: authorCount = 20 }) {
  const authors = await createMany(app, 'api::author.author', authorCount, (n) => ({
    name: `Author ${n}`,
    email: `author${n}@example.com`,
  }));
  const categories = await createMany(app, 'api::category.category', 20, (n) => ({
    name: `Category ${n}`,
    locale: 'en',
  }));
  const rows = await createMany(app, article, articles, (n) => ({
    title: `Article ${n}`,
    slug: `article-${n}`,
    body: 'All work and no play. '.repeat(20),
    rating: n % 11,
    price: n + 0.5,
    day: '2024-02-29',
    extra: { n },
    locale: 'en',
  }));
  await link(app, 'author', rows, (n) => [authors[n % authors.length]]);
  await link(app, 'categories', rows, (n) => [categories[n % 20], categories[(n + 7) % 20]]);
  await createAssets(app, { assetBytes, assetCount });
}

async function createMany(app, uid, count, dataOf) {
  const prefix = uid
    .replace(/[^a-z]/g, '')
    .slice(-8)
    .padStart(8, 'x');
  for (let start = 0; start < count; start += ROWS_AT_ONCE) {
    const data = [];
    for (let n = start; n < Math.min(start + ROWS_AT_ONCE, count); n += 1) {
      const documentId = `${prefix}${String(n).padStart(16, '0')}`;
      data.push({ ...dataOf(n), documentId, createdAt: stamp, updatedAt: stamp });
    }
    await app.db.query(uid).createMany({ data });
  }
  const rows = await app.db.query(uid).findMany({ select: ['id'], orderBy: { id: 'asc' } });
  return rows.map(({ id }) => id);
}

async function link(app, field, from, targetsOf) {
  const { joinTable } = app.db.metadata.get(article).attributes[field];
  const rows = from.flatMap((id, n) =>
    targetsOf(n).map((target, at) => ({
      [joinTable.joinColumn.name]: id,
      [joinTable.inverseJoinColumn.name]: target,
      ...(joinTable.orderColumnName ? { [joinTable.orderColumnName]: at + 1 } : {}),
      ...(joinTable.inverseOrderColumnName ? { [joinTable.inverseOrderColumnName]: n + 1 } : {}),
    })),
  );
  await app.db.connection.batchInsert(joinTable.name, rows, LINKS_AT_ONCE);
}

async function createAssets(app, { assetBytes, assetCount }) {
  const each = assetCount === 0 ? 0 : Math.floor(assetBytes / assetCount);
  const sizeOf = (n) => (n === 0 ? assetBytes - each * (assetCount - 1) : each);
  await createMany(app, 'plugin::upload.file', assetCount, (n) => ({
    name: `asset-${n}.bin`,
    hash: `asset_${n}`,
    ext: '.bin',
    mime: 'application/octet-stream',
    size: sizeOf(n) / 1000,
    url: `/uploads/asset_${n}.bin`,
    provider: 'local',
    folderPath: '/',
  }));
  for (let n = 0; n < assetCount; n += 1) {
    const path = join(app.dirs.static.public, 'uploads', `asset_${n}.bin`);
    await writeFile(path, deterministicBytes(sizeOf(n), n));
  }
}
