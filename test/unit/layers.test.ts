import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** What each folder may import, of ours and of packages; the order is the one that docs/architecture.md gives. */
const layers: Readonly<
  Record<string, { readonly ours: readonly string[]; readonly packages: readonly string[] | 'any' }>
> = {
  'src/ports': { ours: [], packages: ['nanoid', 'node:'] },
  'src/protocol': { ours: [], packages: ['valibot'] },
  machines: { ours: ['src/protocol'], packages: ['xstate'] },
  'src/transport': { ours: ['src/protocol', 'src/ports', 'machines'], packages: 'any' },
  'src/stores': { ours: ['src/protocol', 'src/ports'], packages: 'any' },
  'src/merge': { ours: ['src/protocol', 'src/ports', 'src/stores'], packages: ['valibot', 'node:crypto'] },
  'src/client': {
    ours: ['src/protocol', 'src/ports', 'machines', 'src/transport', 'src/stores'],
    packages: 'any',
  },
  'src/server': {
    ours: ['src/protocol', 'src/ports', 'machines', 'src/transport', 'src/stores', 'src/merge'],
    packages: 'any',
  },
  'src/transfer': {
    ours: ['src/protocol', 'src/ports', 'machines', 'src/transport', 'src/stores', 'src/merge', 'src/client'],
    packages: 'any',
  },
  'src/doctor': {
    ours: ['src/protocol', 'src/ports', 'src/transport', 'src/client'],
    packages: ['node:'],
  },
  'src/diff': {
    ours: ['src/protocol', 'src/ports', 'src/stores', 'src/merge', 'src/transfer'],
    packages: 'any',
  },
  // A browser runs it: before its folder, whose first files it may know.
  'src/inspector/page': {
    ours: ['src/protocol', 'src/inspect', 'src/inspector'],
    packages: [
      ...['react', 'react-dom/', '@xyflow/react', '@xyflow/react/', '@tanstack/react-virtual', 'elkjs/'],
      'virtual:ready-layouts',
    ],
  },
  'src/inspect': { ours: ['src/protocol', 'src/ports', 'machines'], packages: 'any' },
  'src/inspector': { ours: ['src/protocol', 'src/ports', 'src/transport', 'src/inspect'], packages: 'any' },
};
/** The faces know the core; the core does not know them, nor do they know each other. */
const faces = ['src/testing', 'src/cli', 'src/browser', 'src/strapi'];
const core = Object.keys(layers);

interface Import {
  readonly from: string;
  readonly to: string;
  readonly isTypeOnly: boolean;
}

function filesIn(folder: string): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => `${folder}/${name}`);
}

const files = [...filesIn('src'), ...filesIn('machines')];
const sources = new Map(files.map((file) => [file, readFileSync(join(root, file), 'utf8')]));

/** Imports and re-exports, with a path inside the project where it is one. */
function importsOf(file: string): readonly Import[] {
  const statement = /^(?:import|export)\s+(type\s+)?(?:[^'";]*?\sfrom\s+)?'([^']+)'|import\('([^']+)'\)/gm;
  return [...(sources.get(file) ?? '').matchAll(statement)].map(([, type, name = '', lazy]) => {
    const target = lazy ?? name;
    const path = relative(root, resolve(root, dirname(file), target)).replace(/\.js$/, '.ts');
    const ours = sources.has(path) ? path : `${path}x`;
    return { from: file, to: target.startsWith('.') ? ours : target, isTypeOnly: type !== undefined };
  });
}

const imports = files.flatMap(importsOf);
const folderOf = (file: string) => [...core, ...faces].find((folder) => file.startsWith(`${folder}/`));
const isOurs = ({ to }: Import) => sources.has(to);
const words = ({ from, to }: Import) => `${from} → ${to}`;

test('every import of a file of ours is found', () => {
  expect(imports.length).toBeGreaterThan(100);
  const missing = imports.filter(({ to }) => /^(src|machines|\.)/.test(to) && !sources.has(to));
  expect(missing.map(words)).toEqual([]);
});

describe.each(Object.entries(layers))('%s', (folder, { ours, packages }) => {
  const own = imports.filter(({ from }) => folderOf(from) === folder);

  test(`imports nothing of ours but ${ours.join(', ') || 'itself'}`, () => {
    const wrong = own.filter((one) => isOurs(one) && ![folder, ...ours].includes(folderOf(one.to) ?? ''));
    expect(wrong.map(words)).toEqual([]);
  });

  if (packages === 'any') return;
  test(`imports no package but ${packages.join(', ')}`, () => {
    const isAllowed = ({ to }: Import) =>
      packages.some((name) => to === name || (/[:/]$/.test(name) && to.startsWith(name)));
    expect(own.filter((one) => !isOurs(one) && !isAllowed(one)).map(words)).toEqual([]);
  });
});

test.each([
  [
    'the page of the inspector runs',
    'src/inspector/page/main.tsx',
    ['src/inspect/state.ts', 'react-dom/client'],
  ],
  ['strapi-ferry/browser holds', 'src/browser/index.ts', ['src/client/remote.ts', 'src/stores/memory.ts']],
])('nothing that %s needs Node', (_, entry, holds) => {
  const reached = new Set<string>();
  const visit = (file: string) => {
    if (reached.has(file)) return;
    reached.add(file);
    for (const { from, to, isTypeOnly } of imports) if (from === file && !isTypeOnly) visit(to);
  };
  visit(entry);
  expect([...reached]).toEqual(expect.arrayContaining(holds));
  expect([...reached].filter((name) => /^(node:|ws$)/.test(name))).toEqual([]);
});

test('src/transport knows the machines by their types alone', () => {
  const values = imports.filter(
    ({ from, to, isTypeOnly }) =>
      from.startsWith('src/transport/') && to.startsWith('machines/') && !isTypeOnly,
  );
  expect(values.map(words)).toEqual([]);
});

test('the faces do not know each other', () => {
  const wrong = imports.filter((one) => {
    const [from, to] = [folderOf(one.from), folderOf(one.to)];
    return faces.includes(from ?? '') && faces.includes(to ?? '') && from !== to;
  });
  expect(wrong.map(words)).toEqual([]);
});

test('no file imports itself through others', () => {
  const state = new Map<string, 'open' | 'done'>();
  const cycles: string[] = [];
  const visit = (file: string, path: readonly string[]) => {
    if (state.get(file) === 'done') return;
    if (state.get(file) === 'open') {
      cycles.push([...path.slice(path.indexOf(file)), file].join(' → '));
      return;
    }
    state.set(file, 'open');
    for (const one of imports) if (one.from === file && isOurs(one)) visit(one.to, [...path, file]);
    state.set(file, 'done');
  };
  for (const file of files) visit(file, []);
  expect(cycles).toEqual([]);
});

test('an index.ts is a list of named exports, nothing else', () => {
  for (const file of files.filter((name) => name.endsWith('/index.ts'))) {
    const rest = (sources.get(file) ?? '')
      .replaceAll(/^export (type )?\{[^}]*\} from '[^']+';\n/gm, '')
      .replaceAll(/\/\*\*[\s\S]*?\*\/\n/g, '')
      .trim();
    expect([file, rest]).toEqual([file, '']);
  }
});

/** A list of cases, a table: their length says nothing of their complexity. */
const longByNature = ['src/protocol/errors.ts'];

test('no file has more than 400 lines', () => {
  const long = [...sources].filter(([, source]) => source.split('\n').length > 401).map(([file]) => file);
  expect(long.filter((file) => !longByNature.includes(file))).toEqual([]);
});

/** Strapi takes the default export of a plugin, and nothing else. */
const loadedByStrapi = ['src/strapi/admin.ts', 'src/strapi/server.ts'];

test('there are no default exports, but of what a Strapi loads', () => {
  const files = [...sources]
    .filter(([, source]) => /^export (default|\{[^}]* as default)/m.test(source))
    .map(([file]) => file);
  expect(files.sort()).toEqual(loadedByStrapi);
});

/** The room of a test or a helper: tests of one kind and subject share one, `test/support` is everybody's. */
const roomOf = (file: string) => /^test\/(?:(?:unit|integration)\/\w+|\w+)\//.exec(file)?.[0] ?? file;
/** Rooms of helpers that several kinds of tests share. */
const shared = [
  'test/support/',
  'test/charts/',
  'test/simulation/',
  'test/reference/',
  'test/faults/',
  'test/strapi/',
  'test/inside/',
];

test('no test takes its helpers from the room of another', () => {
  const helpers = ['unit', 'integration', 'browser', 'package', 'bench'].flatMap((kind) =>
    filesIn(`test/${kind}`).filter((name) => !name.includes('/node_modules/')),
  );
  const wrong = helpers.flatMap((file) =>
    [...readFileSync(join(root, file), 'utf8').matchAll(/from '(\.[^']+)'/g)]
      .map(([, name = '']) => relative(root, resolve(root, dirname(file), name)))
      .filter((to) => to.startsWith('test/') && ![roomOf(file), ...shared].includes(roomOf(to)))
      .map((to) => `${file} → ${to}`),
  );
  expect(helpers.length).toBeGreaterThan(150);
  expect(wrong).toEqual([]);
});
