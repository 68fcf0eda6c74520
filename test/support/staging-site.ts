import { createComponentReader } from '../../src/protocol/components.js';
import type { Entity, Link, LinkEnd } from '../../src/protocol/content.js';
import type { MemoryAsset, MemoryContent } from '../../src/stores/memory.js';

type Id = number | string;
type Fields = Readonly<Record<string, unknown>>;

export const [article, file] = ['api::article.article', 'plugin::upload.file'];

/** The documents of a type, in the order in which they were made: a PostgreSQL answers with its rows in any order. */
export const documentsOf = ({ entities }: MemoryContent, type: string): readonly string[] => {
  const rows = entities.filter((row) => row.type === type);
  rows.sort((one, other) => Number(one.id) - Number(other.id));
  return [...new Set(rows.map(({ data }) => String(data['documentId'])))];
};

export interface StagingSite {
  readonly content: MemoryContent;
  /** Three articles of the site that were changed, each with a picture that the site lacks. */
  readonly changed: readonly string[];
  /** Copies of them: articles that the site lacks, with the same pictures. */
  readonly written: readonly string[];
}

/** A copy of a site under ids of its own, in which people have gone on working. */
export function stagingOf(site: MemoryContent): StagingSite {
  const changed = documentsOf(site, article).slice(0, 3);
  const images = documentsOf(site, file)
    .flatMap((name) => site.entities.filter(({ data }) => data['documentId'] === name))
    .filter(({ data }) => data['formats'] !== null)
    .slice(0, 3);
  let content = renumbered(site, 5000);
  for (const documentId of changed) content = withCopy(content, { type: article, documentId, more: 20_000 });
  for (const { data } of images)
    content = withCopy(content, { type: file, documentId: String(data['documentId']), more: 20_000 });
  const written = changed.map(copied);
  content = { ...content, entities: content.entities.map((row) => edited(row, { changed, written })) };
  [...changed, ...written].forEach((documentId, at) => {
    content = withCover(content, documentId, copied(String(images[at % 3]?.data['documentId'])));
  });
  return { content, changed, written };
}

const copied = (name: string) => `copy${name.slice(4)}`;

/** The same content under other ids. */
function renumbered(content: MemoryContent, more: number): MemoryContent {
  const reader = createComponentReader(content.schemas);
  const other = (id: Id) => (typeof id === 'number' ? id + more : id);
  const end = (one: LinkEnd) => ({ ...one, ref: other(one.ref) });
  return {
    ...content,
    entities: content.entities.map(({ type, id, data }) => ({
      ...{ type, id: other(id) },
      data: reader.withIds(type, data, (_, component) => other(component)),
    })),
    links: content.links.map((link) => ({ ...link, left: end(link.left), right: end(link.right) })),
    assets: content.assets.map((asset) => ({
      ...asset,
      metadata: { ...asset.metadata, id: other(asset.metadata['id'] as Id) },
    })),
  };
}

/** Adds a copy of a document: its rows, their components, the links of both; of a file its bytes, under other names. */
function withCopy(
  content: MemoryContent,
  { type, documentId, more }: { type: string; documentId: string; more: number },
): MemoryContent {
  const reader = createComponentReader(content.schemas);
  const own = new Set<string>();
  const other = (uid: string, id: Id) => {
    own.add(`${uid} ${id}`);
    return Number(id) + more;
  };
  const rows = content.entities.filter((row) => row.type === type && row.data['documentId'] === documentId);
  const entities = rows.map((row): Entity => {
    const data = reader.withIds(type, row.data, other);
    return {
      type,
      id: other(type, row.id),
      data: { ...data, ...renamed(data), documentId: copied(documentId) },
    };
  });
  const end = (one: LinkEnd) => {
    if (one.ref === documentId) return { ...one, ref: copied(documentId) };
    return own.has(`${one.type} ${one.ref}`) ? { ...one, ref: Number(one.ref) + more } : one;
  };
  const links = content.links.flatMap((link): readonly Link[] => {
    const isOwn = [link.left, link.right].some(({ type: uid, ref }) => own.has(`${uid} ${ref}`));
    // What shows the file shows the copy only where that is said.
    const isCopied = isOwn && (type !== file || link.right.ref === documentId);
    return isCopied ? [{ ...link, left: end(link.left), right: end(link.right) }] : [];
  });
  const assets =
    type === file ? content.assets.filter(({ metadata }) => own.has(`${file} ${metadata['id']}`)) : [];
  return {
    ...content,
    entities: [...content.entities, ...entities],
    links: [...content.links, ...links],
    assets: [...content.assets, ...assets.map((asset) => copiedAsset(asset, more))],
  };
}

function copiedAsset({ filename, metadata, bytes }: MemoryAsset, more: number): MemoryAsset {
  const { mainHash, hash, id } = metadata;
  const rename = (text: string) => text.replaceAll(String(mainHash ?? hash), `copy_${mainHash ?? hash}`);
  return {
    filename: rename(filename),
    metadata: { ...(JSON.parse(rename(JSON.stringify(metadata))) as Fields), id: Number(id) + more },
    bytes,
  };
}

/** Names that the copy of a file cannot share. */
function renamed({ hash, formats, url }: Fields): Fields {
  if (typeof hash !== 'string') return {};
  const text = JSON.stringify({ hash, formats, url }).replaceAll(hash, `copy_${hash}`);
  return JSON.parse(text) as Fields;
}

function edited(
  row: Entity,
  { changed, written }: { changed: readonly string[]; written: readonly string[] },
): Entity {
  const { documentId, title, slug } = row.data;
  if (row.type !== article) return row;
  if (changed.includes(String(documentId)))
    return { ...row, data: { ...row.data, title: `${title}, from staging` } };
  if (!written.includes(String(documentId)) || slug === null) return row;
  return { ...row, data: { ...row.data, slug: `copy-of-${slug}` } };
}

/** Gives each row of an article a picture. */
function withCover(content: MemoryContent, documentId: string, picture: string): MemoryContent {
  const rowsOf = (name: string) => content.entities.filter(({ data }) => data['documentId'] === name);
  const rows = new Set(rowsOf(documentId).map(({ id }) => id));
  const [shown] = rowsOf(picture);
  const isCover = ({ right }: Link) =>
    right.type === article && right.field === 'cover' && rows.has(right.ref);
  const covers = [...rows].map(
    (ref): Link => ({
      ...{ kind: 'relation.morph', relation: 'morphToMany' },
      left: { type: file, ref: shown?.id ?? '', field: 'related' },
      right: { type: article, ref, field: 'cover', pos: 1 },
    }),
  );
  return { ...content, links: [...content.links.filter((link) => !isCover(link)), ...covers] };
}
