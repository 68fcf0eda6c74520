import { createHash } from 'node:crypto';

const sha256 = (text) => createHash('sha256').update(text).digest('hex');
const increment = (counts, key) => {
  counts[key] = (counts[key] ?? 0) + 1;
};

/** The same value gives the same text, whatever the order of its keys. */
function canonical(value) {
  return JSON.stringify(value, (_key, part) =>
    part !== null && typeof part === 'object' && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}

/** Reads everything that a source gives, as a transfer would, and keeps what two of them are compared by. */
export async function createSummary(source) {
  const counts = {};
  const types = {};
  const rowHashes = {};
  const assets = {};
  const stages = {
    entities: () => source.createEntitiesReadStream(),
    links: () => source.createLinksReadStream(),
    configuration: () => source.createConfigurationReadStream(),
  };
  for (const [stage, open] of Object.entries(stages)) {
    const rows = [];
    for await (const row of open()) {
      rows.push(canonical(row));
      if (stage === 'entities') increment(types, row.type);
    }
    counts[stage] = rows.length;
    rowHashes[stage] = sha256(rows.sort().join('\n'));
  }
  for await (const { filename, stream } of source.createAssetsReadStream()) {
    const hash = createHash('sha256');
    for await (const chunk of stream) hash.update(chunk);
    assets[filename] = hash.digest('hex');
  }
  counts.assets = Object.keys(assets).length;
  const metadata = await source.getMetadata();
  const schemas = Object.keys(await source.getSchemas()).length;
  return { metadata, schemas, counts, types, rowHashes, assets };
}
