import { attributesOf } from '../../src/protocol/components.js';
import type { MemoryContent } from '../../src/stores/memory.js';
import { FILE, FOLDER } from './merge-rows.js';

type Content = Pick<MemoryContent, 'entities' | 'links'>;

/** The names of a library's folders, outermost first, with a documentId where it is not of this site alone, and of its files. */
export type Library = Readonly<
  Record<string, { readonly documentId?: string; readonly files?: readonly string[] }>
>;

/** A library as a Strapi keeps it. @param first The id and pathId of its first folder. */
export function libraryContent(
  site: string,
  first: number,
  library: Library,
  folderMade = '2026-01-01T00:00:00.000Z',
) {
  const names = Object.keys(library);
  const at = (name: string) => first + names.indexOf(name);
  const above = (name: string) => name.slice(0, Math.max(0, name.lastIndexOf('/')));
  const path = (name: string): string =>
    name === '' ? '/' : `${path(above(name))}/${at(name)}`.replace('//', '/');
  const times = {
    ...{ createdAt: '2026-01-01T00:00:00.000Z', updatedAt: '2026-01-01T00:00:00.000Z' },
    publishedAt: null,
    locale: null,
  };
  const files = names.flatMap((name) => (library[name]?.files ?? []).map((file) => ({ name, file })));
  const fileId = (file: string) => first + files.findIndex((one) => one.file === file);
  const linked = (type: string, ref: number, field: string, to: number, inverse: string, pos: number) => ({
    ...{ kind: type === FOLDER ? 'relation.circular' : 'relation.basic', relation: 'manyToOne' },
    left: { type, ref, field },
    right: { type: FOLDER, ref: to, field: inverse, pos },
  });
  const inFolders = names.filter((name) => name !== '');
  const fileName = (file: string) => `${site}-${file}`;
  const folderName = (name: string) => library[name]?.documentId ?? `${site}-${name}`;
  const ofDocument = (type: string, ref: number, documentId: string) => ({
    ...{ kind: 'relation.circular', relation: 'oneToMany' },
    ...{ left: { type, ref, field: 'localizations' }, right: { type, ref: documentId } },
  });
  return {
    entities: [
      ...files.map(({ name, file }) => ({
        ...{ type: FILE, id: fileId(file) },
        data: {
          ...times,
          documentId: fileName(file),
          ...{ name: file, hash: file, ext: '.txt', mime: 'text/plain', size: 0.01 },
          ...{ url: `/uploads/${file}.txt`, provider: 'local' },
          folderPath: path(name),
        },
      })),
      // The innermost first: a database need not give a folder before what lies in it.
      ...inFolders.toReversed().map((name) => ({
        ...{ type: FOLDER, id: at(name) },
        data: {
          ...{ ...times, updatedAt: folderMade, documentId: folderName(name) },
          ...{ name: name.slice(name.lastIndexOf('/') + 1), path: path(name), pathId: at(name) },
        },
      })),
    ],
    links: [
      ...files.map(({ file }) => ofDocument(FILE, fileId(file), fileName(file))),
      ...inFolders.map((name) => ofDocument(FOLDER, at(name), folderName(name))),
      ...inFolders
        .filter((name) => above(name) !== '')
        .map((name, pos) => linked(FOLDER, at(name), 'parent', at(above(name)), 'children', pos + 1)),
      ...files
        .filter(({ name }) => name !== '')
        .map(({ name, file }, pos) => linked(FILE, fileId(file), 'folder', at(name), 'files', pos + 1)),
    ],
    assets: files.map(({ file }) => ({
      filename: `${file}.txt`,
      metadata: { id: fileId(file), hash: file, ext: '.txt', name: file },
      bytes: new TextEncoder().encode(file),
    })),
  };
}

/** The files and folders of a library, each by the names of the folders that links say; and each of which a path says otherwise. */
export function libraryOf({ entities, links }: Content) {
  const folders = new Map(
    entities.flatMap(({ type, id, data }) => (type === FOLDER ? [[id, data] as const] : [])),
  );
  const linked = (from: string, id: unknown, field: string) =>
    links.find(({ left }) => left.type === from && left.ref === id && left.field === field)?.right.ref ?? '';
  const nameOf = (id: number | string): string => {
    const folder = folders.get(id);
    return folder === undefined ? '' : `${nameOf(linked(FOLDER, id, 'parent'))}/${folder['name']}`;
  };
  const pathOf = (id: number | string) => folders.get(id)?.['path'] ?? '/';
  const astray: string[] = [];
  const lines = entities.flatMap(({ type, id, data }) => {
    if (type === FILE) {
      const folder = linked(FILE, id, 'folder');
      if (data['folderPath'] !== pathOf(folder)) astray.push(`${data['name']} in ${data['folderPath']}`);
      return [`${nameOf(folder)}/${data['name']}`];
    }
    if (type !== FOLDER) return [];
    const outer = pathOf(linked(FOLDER, id, 'parent'));
    if (data['path'] !== `${outer === '/' ? '' : outer}/${data['pathId']}`)
      astray.push(`${nameOf(id)} at ${data['path']}`);
    return [`${nameOf(id)}/`];
  });
  const pathIds = [...folders.values()].map((folder) => folder['pathId']);
  if (new Set(pathIds).size !== pathIds.length) astray.push(`a pathId twice: ${pathIds.join()}`);
  return { lines: lines.sort(), astray };
}

/** What a merge with nothing but a library is given. @param schemas Of the site that it goes into: a row has each of its fields. */
export const libraryOnly = (
  library: ReturnType<typeof libraryContent>,
  schemas: MemoryContent['schemas'],
): MemoryContent => ({
  ...{ metadata: null, schemas, configuration: [] },
  ...library,
  entities: library.entities.map(({ type, id, data }) => {
    const unset = attributesOf(schemas ?? {}, type)
      .filter(([, attribute]) => attribute['type'] !== 'relation')
      .map(([name]) => [name, null]);
    return { type, id, data: { ...Object.fromEntries(unset), ...data } };
  }),
});

interface Panel {
  ask(method: 'GET' | 'POST', path: string, body?: object): Promise<unknown>;
}

/** Makes folders in the admin panel, by their names, outermost first; answers their ids. */
export async function makeFolders(
  panel: Panel,
  names: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  const ids = new Map<string, number>();
  for (const name of names) {
    const [last = '', ...above] = name.split('/').toReversed();
    const parent = ids.get(above.toReversed().join('/')) ?? null;
    const made = (await panel.ask('POST', '/upload/folders', { name: last, parent })) as {
      readonly id: number;
    };
    ids.set(name, made.id);
  }
  return ids;
}

/** The folders and files that the admin panel lists, each by the names of the folders that it is opened through. */
export async function listedInPanel(panel: Panel): Promise<readonly string[]> {
  const lines: string[] = [];
  async function list(
    within: string,
    folder: { readonly id: number; readonly path: string } | null,
  ): Promise<void> {
    const inFolder = (field: string) =>
      folder === null ? `filters[${field}][id][$null]=true` : `filters[${field}][id]=${folder.id}`;
    const folders = (await panel.ask(
      'GET',
      `/upload/folders?${inFolder('parent')}&pagination[pageSize]=-1`,
    )) as readonly {
      readonly id: number;
      readonly name: string;
      readonly path: string;
    }[];
    // As the panel looks for what lies in a folder, and in those within it.
    const path = folder?.path ?? '/';
    const { results } = (await panel.ask(
      'GET',
      `/upload/files?filters[folderPath][$eq]=${path}&pageSize=100`,
    )) as {
      readonly results: readonly { readonly name: string }[];
    };
    for (const { name } of results) lines.push(`${within}/${name}`);
    for (const inner of folders) {
      lines.push(`${within}/${inner.name}/`);
      await list(`${within}/${inner.name}`, inner);
    }
  }
  await list('', null);
  return lines.sort();
}
