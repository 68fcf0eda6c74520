import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { createMemoryTokenStore, createTokens } from '../../../src/server/tokens.js';
import { createMemoryStore, type MemoryContent } from '../../../src/stores/memory.js';
import { createTransfer } from '../../../src/transfer/create-transfer.js';
import { cleanUps } from '../../support/clean-ups.js';
import { type CommandResult, runCommand } from '../../support/command.js';
import { smallContent } from '../../support/small-content.js';
import { runServer } from '../../support/transfer-servers.js';

async function blocksOf(page: string): Promise<ReadonlyMap<string, string>> {
  const text = await readFile(new URL(`../../../docs/${page}`, import.meta.url), 'utf8');
  return new Map(
    [...text.matchAll(/^( *)```\w+ (\S+)\n([\s\S]*?)^\1```$/gm)].map(([, , file = '', block = '']) => [
      file,
      block,
    ]),
  );
}
const [cookbook, merging] = [await blocksOf('cookbook.md'), await blocksOf('merge.md')];
const blocks = new Map([...cookbook, ...merging]);
const password = 'four random words here';

const plugin = 'plugin::users-permissions';
const userTypes = [`${plugin}.user`, `${plugin}.role`, `${plugin}.permission`];
const users = userTypes.map((uid) => [uid, { uid, attributes: { name: { type: 'string' } } }]);

/** A site with end users, a word that all its rows have, and some of the files. */
const siteOf = (word: string, files: number): MemoryContent => ({
  ...smallContent,
  schemas: { ...smallContent.schemas, ...Object.fromEntries(users) },
  entities: [
    ...smallContent.entities.map((row) => ({ ...row, data: { ...row.data, title: word } })),
    ...userTypes.map((type) => ({ type, id: 1, data: { documentId: type, name: word } })),
  ],
  configuration: [{ type: 'core-store', value: { id: 1, key: 'views', value: word } }],
  assets: smallContent.assets.slice(files),
});
const fresh = siteOf('fresh', 0);
const old = siteOf('old', 1);

/** Both sites of the page, and a folder to run in, until the end of the test. */
async function twoSites() {
  const tokens = createMemoryTokenStore();
  const { accessKey } = await createTokens({ store: tokens, salt: 'salt' }).create({
    scopes: ['push', 'pull'],
  });
  const serve = async (content: MemoryContent) => {
    const store = createMemoryStore(content);
    const stores = { source: () => store.source(), destination: () => store.destination() };
    const { admin, close } = await runServer({ ...stores, tokens });
    cleanUps.push(close);
    return { admin, content: () => store.content() };
  };
  const [staging, production] = [await serve(fresh), await serve(old)];
  const cwd = await mkdtemp(join(tmpdir(), 'ferry-cookbook-'));
  cleanUps.push(() => rm(cwd, { recursive: true }));
  const env = {
    STRAPI_TRANSFER_TOKEN: accessKey,
    STRAPI_TRANSFER_FROM_TOKEN: accessKey,
    STRAPI_TRANSFER_TO_TOKEN: accessKey,
    STRAPI_TRANSFER_FROM_KEY: password,
    STRAPI_TRANSFER_TO_KEY: password,
  };
  const run = (line: string): Promise<CommandResult> => {
    const parameters = line
      .replace(/^.*?strapi-ferry (?=[a-z])/, '')
      .replaceAll('$(date +%F)', '2026-11-29')
      .replaceAll('https://staging.example.com/admin', staging.admin)
      .replaceAll('https://cms.example.com/admin', production.admin)
      .replaceAll('"', '')
      .split(' ');
    // The password of an archive is refused where none is encrypted, so it is set where a line names one.
    const { STRAPI_TRANSFER_FROM_KEY: _, STRAPI_TRANSFER_TO_KEY: __, ...readable } = env;
    return runCommand(parameters, { cwd, env: line.includes('.age') ? env : readable });
  };
  return { staging, production, cwd, run };
}

type Sites = Awaited<ReturnType<typeof twoSites>>;

/** The words of the rows of a type. */
const words = ({ entities }: MemoryContent, of: string) =>
  entities.filter(({ type }) => type === of).map(({ data }) => data['title'] ?? data['name']);
const titles = (content: MemoryContent) => words(content, 'api::article.article');
const endUsers = (content: MemoryContent) => userTypes.flatMap((type) => words(content, type));
const names = ({ assets }: MemoryContent) => assets.map(({ filename }) => filename).sort();

interface Recipe {
  readonly file: string;
  /** Of its lines, in their order. */
  readonly exits: readonly number[];
  readonly before?: (sites: Sites) => Promise<unknown>;
  readonly after: (sites: Sites, results: readonly CommandResult[]) => unknown;
}

const isPromoted = ({ production }: Sites) => {
  expect(titles(production.content())).toEqual(titles(fresh));
  expect(names(production.content())).toEqual(names(fresh));
};
const keptBackup = async ({ cwd }: Sites) => {
  const kept = createMemoryStore();
  await createTransfer({ from: join(cwd, 'before.tar.gz'), to: kept.destination() }).done;
  expect(titles(kept.content())).toEqual(titles(old));
};

const recipes: readonly Recipe[] = [
  {
    file: 'nightly.sh',
    exits: [0, 0],
    after: async ({ cwd }) => {
      expect(await readdir(join(cwd, 'backups'))).toContain('2026-11-29.tar.gz.age');
    },
  },
  {
    file: 'backup-and-prune.sh',
    exits: [0],
    after: async ({ cwd }) => expect(await readdir(cwd)).toContain('2026-11-29.tar.gz.age'),
  },
  {
    file: 'promote.sh',
    exits: [0, 0, 0, 0],
    after: async (sites, [, dryRun]) => {
      expect(dryRun?.stdout).toContain('nothing was changed');
      isPromoted(sites);
      await keptBackup(sites);
    },
  },
  {
    file: 'promote-content.sh',
    exits: [0],
    after: (sites) => {
      isPromoted(sites);
      expect(endUsers(sites.production.content())).toEqual(endUsers(old));
      expect(sites.production.content().configuration).toEqual(old.configuration);
    },
  },
  {
    file: 'refresh.sh',
    exits: [0],
    after: ({ staging }) => {
      expect(titles(staging.content())).toEqual(titles(old));
      expect(endUsers(staging.content())).toEqual(endUsers(fresh));
      expect(staging.content().configuration).toEqual(fresh.configuration);
    },
  },
  {
    file: 'one-type.sh',
    exits: [0],
    after: async (sites) => {
      expect(titles(sites.production.content())).toEqual(titles(fresh));
      expect(names(sites.production.content())).toEqual(names(old));
      // The page says so: the tag is of another type.
      expect(sites.production.content().links).toEqual([]);
      await keptBackup(sites);
    },
  },
  { file: 's3.sh', exits: [0], after: isPromoted },
  {
    file: 'shared-bucket.sh',
    exits: [0],
    after: ({ production }) => {
      expect(titles(production.content())).toEqual(titles(fresh));
      expect(names(production.content())).toEqual(names(old));
    },
  },
  { file: 'nginx.sh', exits: [0], after: (_, [said]) => expect(said?.stdout).toMatch(/^upgrade +ok/m) },
  {
    file: 'docker.sh',
    exits: [0, 0],
    after: async ({ cwd }) =>
      expect(await readdir(cwd)).toEqual(expect.arrayContaining(['site', 'site.tar.gz'])),
  },
  {
    file: 'restore.sh',
    exits: [0, 0, 0],
    before: ({ cwd }) =>
      createTransfer({ from: createMemoryStore(fresh).source(), to: join(cwd, 'before.tar.gz') }).done,
    after: isPromoted,
  },
  { file: 'compare.sh', exits: [1, 1], after: (_, [text]) => expect(text?.stdout).toContain('old') },
  {
    file: 'watch.sh',
    exits: [0, 0],
    after: async ({ cwd }, [watched]) => {
      expect(`${watched?.stdout}${watched?.stderr}`).toMatch(/http:\/\/127\.0\.0\.1:\d+/);
      expect(await readdir(cwd)).toEqual(expect.arrayContaining(['content', 'run.jsonl']));
    },
  },
];

const merges: readonly Recipe[] = [
  {
    file: 'merge-post.sh',
    exits: [0, 0],
    after: async (sites, [planned]) => {
      expect(planned?.stdout).toContain('nothing was changed; it would be 2 documents replaced');
      const content = sites.production.content();
      expect(titles(content)).toEqual(titles(fresh));
      expect(words(content, 'api::tag.tag')).toEqual(words(old, 'api::tag.tag'));
      expect(endUsers(content)).toEqual(endUsers(old));
      expect(names(content)).toEqual(names(old));
    },
  },
  {
    file: 'merge-back.sh',
    exits: [0],
    after: async (sites) => {
      const content = sites.staging.content();
      expect(titles(content)).toEqual(titles(old));
      expect(endUsers(content)).toEqual(endUsers(fresh));
      expect(content.configuration).toEqual(fresh.configuration);
    },
  },
  {
    file: 'merge-editors.sh',
    exits: [0, 0, 1],
    before: async ({ cwd }) => {
      for (const [name, content] of [['hers', fresh] as const, ['mine', old] as const])
        await createTransfer({ from: createMemoryStore(content).source(), to: join(cwd, name) }).done;
    },
    after: async ({ cwd }, [, , differences]) => {
      const mine = createMemoryStore();
      await createTransfer({ from: join(cwd, 'mine'), to: mine.destination() }).done;
      expect(titles(mine.content())).toEqual(titles(fresh));
      expect(differences?.stdout).not.toContain('entity');
    },
  },
];

test.each([...recipes, ...merges])(
  '$file of the pages does what the page says',
  async ({ file, exits, before, after }) => {
    const sites = await twoSites();
    await before?.(sites);
    const lines = (blocks.get(file) ?? '')
      .split('\n')
      .filter((line) => /^\s*(strapi-ferry|docker run) /.test(line));
    const results: CommandResult[] = [];
    for (const line of lines) results.push(await sites.run(line.trim()));
    expect(
      results.map(({ exitCode, stdout, stderr }, at) =>
        exitCode === exits[at] ? exitCode : stdout + stderr,
      ),
    ).toEqual(exits);
    await after(sites, results);
  },
);

test('promote.yml of the cookbook brings staging to production, with the command of the lock file alone', async () => {
  const sites = await twoSites();
  const workflow = parse(blocks.get('promote.yml') ?? '') as {
    readonly jobs: { readonly promote: { readonly steps: readonly { readonly run?: string }[] } };
  };
  const [install, push, ...others] = workflow.jobs.promote.steps.flatMap(({ run }) => run ?? []);
  expect([install, others]).toEqual(['npm ci', []]);
  expect(push).toMatch(/^npx --no-install strapi-ferry transfer /);
  expect((await sites.run(push ?? '')).exitCode).toBe(0);
  isPromoted(sites);
  await keptBackup(sites);
});

test('every block of the pages is run, or held against the page that explains it', async () => {
  const read = [...recipes.map(({ file }) => file), 'promote.yml', 'location.conf', 'Dockerfile'];
  expect([...cookbook.keys()].sort()).toEqual(read.sort());
  expect([...merging.keys()]).toEqual(merges.map(({ file }) => file));
  const doctor = await readFile(new URL('../../../docs/doctor.md', import.meta.url), 'utf8');
  for (const line of (blocks.get('location.conf') ?? '').split('\n').slice(0, 3))
    expect(doctor).toContain(line);
});
