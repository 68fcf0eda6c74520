import { execFileSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createArchiveDestination } from '../../../src/stores/archive/destination.js';
import { createMemoryStore, type MemoryContent } from '../../../src/stores/memory.js';
import { createTransfer } from '../../../src/transfer/create-transfer.js';
import {
  type CommandResult,
  outcomeOf,
  runCommand,
  runProcess,
  startCommand,
} from '../../support/command.js';
import { type ServedFolder, serveFolder } from '../../support/served-command.js';
import { type ServedScript, serveScript } from '../../support/served-script.js';
import { smallContent } from '../../support/small-content.js';
import { treeOf } from '../../support/tree.js';

const key = 'correct horse battery staple';
const kinds = ['target', 'target.tar', 'target.tar.gz.enc'] as const;

/** An asset that no archive makes smaller, and too many rows to be read in one piece. */
const content: MemoryContent = {
  ...smallContent,
  entities: Array.from({ length: 500 }, (_, id) => ({
    type: 'api::article.article',
    id,
    data: { documentId: `a${id}`, title: 'Üsküdar ⛴️ '.repeat(5) },
  })),
  links: [],
  assets: [
    ...smallContent.assets,
    { filename: 'noise_4.bin', metadata: { id: 4, name: 'noise.bin' }, bytes: noise(300_000) },
  ],
};

let scratch = '';
let template = '';
let cwd = '';
const running: { readonly stop: () => Promise<unknown> }[] = [];

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'ferry-disk-'));
  template = join(scratch, 'template');
  await createTransfer({ from: createMemoryStore(content).source(), to: join(template, 'export') }).done;
  const old = createMemoryStore({ metadata: { createdAt: 'old' }, entities: smallContent.entities });
  for (const kind of kinds) {
    const to = join(template, kind);
    await createTransfer({ from: old.source(), to, ...(kind.endsWith('.enc') ? { toKey: key } : {}) }).done;
  }
});
beforeEach(async () => {
  cwd = await mkdtemp(join(scratch, 'case-'));
  await cp(template, cwd, { recursive: true });
});
afterEach(async () => {
  for (const { stop } of running.splice(0)) await stop();
});
afterAll(() => rm(scratch, { recursive: true }));

const keyOf = (name: 'FROM' | 'TO', end: string) =>
  /\.(enc|age)$/.test(end) ? { [`STRAPI_TRANSFER_${name}_KEY`]: key } : {};

const transfer = (from: string, to: string, ...flags: readonly string[]) => [
  ...['transfer', '--from', from, '--to', to, '--force', '--json'],
  ...flags,
];

const move = (from: string, to: string, env: Readonly<Record<string, string>> = {}) =>
  runCommand(transfer(from, to), { cwd, env: { ...keyOf('FROM', from), ...keyOf('TO', to), ...env } });

function expectFailure(result: CommandResult, exitCode: number, code: string, ...parts: readonly string[]) {
  expect(result).toMatchObject({ exitCode, stderr: '' });
  const { error } = outcomeOf(result);
  expect(error).toMatchObject({ code });
  for (const part of parts) expect(error?.message).toContain(part);
}

describe.skipIf(!canMount())(
  'a full disk ends with 7 and leaves what was there before, and nothing beside it,',
  () => {
    /** What makes it full, on a disk that holds what the template does but for the export. */
    const full: readonly [string, string][] = [
      ['in the middle of the transfer', 'mount -o remount,size=300k "$0"'],
      ['from the beginning', 'dd if=/dev/zero of="$0/filler" bs=4k 2>/dev/null'],
      ['for another file', 'mount -o remount,nr_inodes=$(find "$0" | wc -l) "$0"'],
    ];

    describe.each(full)('%s', (_, fill) => {
      test.each(kinds)('%s', async (kind) => {
        const disk = join(cwd, 'disk');
        await mkdir(disk);
        // A disk of its own for one process and its children: gone with them.
        const script = `mount -t tmpfs -o size=1m tmpfs "$0" && cp -r target* "$0" && ${fill}; "$@"; code=$?
        rm -f "$0/filler"; for each in target*; do diff -r $each "$0/$each" || exit 99; done
        echo left:; ls -A "$0"; exit $code`;
        const { exitCode, stdout, stderr } = await runProcess(
          transfer('export', join('disk', kind)).filter((flag) => flag !== '--json'),
          { cwd, env: keyOf('TO', kind), within: ['unshare', '-rm', 'sh', '-c', script, disk] },
        );
        expect({ exitCode, left: stdout.split('left:\n').at(-1) }).toEqual({
          exitCode: 7,
          left: `${kinds.join('\n')}\n`,
        });
        expect(stderr).toMatch(/^NO_SPACE: No space left .+ Free some space and run the transfer again;/);
      });
    });
  },
);

describe('an asset that is missing ends with 6 before anything is changed', () => {
  beforeEach(() => rm(join(cwd, 'export/assets/uploads/noise_4.bin')));

  test.each(kinds)('at %s', async (kind) => {
    const before = await treeOf(cwd);
    expectFailure(await move('export', kind), 6, 'MISSING_ASSET', 'noise_4.bin', 'make the export again');
    expect(await treeOf(cwd)).toEqual(before);
  });

  test('at a server', async () => {
    const server = await serve('target');
    const before = await treeOf(cwd);
    const result = await move('export', server.adminUrl, { STRAPI_TRANSFER_TO_TOKEN: server.token });
    expectFailure(result, 6, 'MISSING_ASSET', 'noise_4.bin');
    expect(await server.transfer()).toMatchObject({ counts: {}, fate: 'rolledBack' });
    expect(withoutTokens(await treeOf(cwd))).toEqual(withoutTokens(before));
  });

  test('at a Strapi, which is not asked to clear anything', async () => {
    const server = await script({ direction: 'push' });
    const result = await move('export', server.url, { STRAPI_TRANSFER_TO_TOKEN: 'planted' });
    expectFailure(result, 6, 'MISSING_ASSET', 'noise_4.bin');
    expect(server.script()?.requests).toEqual([
      ...['init', 'bootstrap', 'getMetadata', 'getSchemas', 'rollback', 'close', 'end'],
    ]);
  });
});

describe('a source that vanishes while it is read', () => {
  const vanish = () => rm(join(cwd, 'export'), { recursive: true });

  test.each(kinds)('ends with 6, and %s is as it was', async (kind) => {
    // It rests often enough to be still at its first rows when they are gone.
    const command = startCommand(transfer('export', kind, '--throttle', '5'), {
      cwd,
      env: keyOf('TO', kind),
    });
    await command.event(({ event, stage }) => event === 'stage.progress' && stage === 'entities');
    await vanish();
    const rest = await treeOf(template);
    expectFailure(await command.done, 6, 'SOURCE_GONE', join(cwd, 'export'), 'run the transfer again');
    expect(await treeOf(cwd)).toEqual(withoutExport(rest));
  });

  // Assets may be on their way when the file of the first is missed: a Strapi that is told to roll back then may die.
  const goodbye = ['rollback', 'close', 'end'];
  test.each([
    ['entities.start', goodbye],
    ['entities.end', ['entities.end', 'assets.start']],
    ['assets.start', ['entities.end', 'assets.start']],
    ['links.end', goodbye],
  ] as const)(
    'ends with 6 where it is gone at %s, and the last that the server is told is %j',
    async (at, last) => {
      const server = await script({
        direction: 'push',
        at,
        misbehave: ({ answer }) => void vanish().then(answer),
      });
      const result = await move('export', server.url, { STRAPI_TRANSFER_TO_TOKEN: 'planted' });
      expectFailure(result, 6, 'SOURCE_GONE', join(cwd, 'export'));
      expect(server.script()?.requests.slice(-last.length)).toEqual(last);
    },
  );

  test('as an archive it is read to its end: who has it open keeps it', async () => {
    await move('export', 'export.tar');
    const server = await script({
      direction: 'push',
      at: 'entities.start',
      misbehave: ({ answer }) => void rm(join(cwd, 'export.tar')).then(answer),
    });
    const result = await move('export.tar', server.url, { STRAPI_TRANSFER_TO_TOKEN: 'planted' });
    expect(outcomeOf(result)).toMatchObject({ exitCode: 0, counts: { assets: { items: 4 } } });
  });
});

describe('a destination whose folder vanishes', () => {
  test.each(['deep/target', 'deep/target.tar'])('ends with 7, and is not made again: %s', async (to) => {
    const command = startCommand(transfer('export', to, '--throttle', '5'), { cwd });
    await command.event(({ event, stage }) => event === 'stage.progress' && stage === 'entities');
    await rm(join(cwd, 'deep'), { recursive: true });
    expectFailure(await command.done, 7, 'STORE_FAILED', join(cwd, to));
    expect(await treeOf(cwd)).toEqual(await treeOf(template));
  });

  test.each(['export/metadata.json/target', 'export/metadata.json/target.tar'])(
    'ends with 7 where it is a file: %s',
    async (to) => {
      expectFailure(await move('export', to), 7, 'STORE_FAILED', 'metadata.json is a file, not a folder');
      expect(await treeOf(cwd)).toEqual(await treeOf(template));
    },
  );
});

test.each(['new/deep/target', 'new/deep/target.tar'])(
  'a transfer that fails leaves no folder that it made for its destination: %s',
  async (to) => {
    await rm(join(cwd, 'export/assets/uploads/noise_4.bin'));
    const before = await treeOf(cwd);
    expectFailure(await move('export', to), 6, 'MISSING_ASSET');
    expect(await treeOf(cwd)).toEqual(before);
  },
);

describe('an archive that', () => {
  const formats = ['tar', 'tar.gz', 'tar.gz.enc', 'tar.gz.age'] as const;

  /** The export as an archive: what makes a key of a password does little work, which only a reader has to do again. */
  async function packed(format: string): Promise<string> {
    const name = `export.${format}`;
    const path = join(cwd, name);
    const to = createArchiveDestination({
      path,
      ageWorkFactor: 4,
      ...(format.includes('.gz.') ? { key } : {}),
    });
    await createTransfer({ from: join(cwd, 'export'), to }).done;
    return name;
  }

  async function cut(format: string): Promise<string> {
    const name = await packed(format);
    const bytes = await readFile(join(cwd, name));
    await writeFile(join(cwd, name), bytes.subarray(0, bytes.length / 2));
    return name;
  }

  test.each(formats)('was cut, %s, ends with 6 and changes no folder', async (format) => {
    const name = await cut(format);
    const before = await treeOf(cwd);
    expectFailure(await move(name, 'target'), 6, 'DAMAGED_ARCHIVE', name, 'Copy it again');
    expect(await treeOf(cwd)).toEqual(before);
  });

  test.each(formats)('was cut, %s, clears no server', async (format) => {
    const server = await script({ direction: 'push' });
    const name = await cut(format);
    const result = await move(name, server.url, { STRAPI_TRANSFER_TO_TOKEN: 'planted' });
    expectFailure(result, 6, 'DAMAGED_ARCHIVE', name);
    expect(server.script()?.requests ?? []).not.toContain('beforeTransfer');
  });

  test.each(['tar.gz.enc', 'tar.gz.age'])('has another password, %s, ends with 6', async (format) => {
    const name = await packed(format);
    const before = await treeOf(cwd);
    const wrong = { STRAPI_TRANSFER_FROM_KEY: 'battery staple horse' };
    expectFailure(await move(name, 'target', wrong), 6, 'WRONG_KEY', name, 'check which key');
    expect(await treeOf(cwd)).toEqual(before);
  });
});

async function serve(folder: string): Promise<ServedFolder> {
  const server = await serveFolder(join(cwd, folder));
  running.push(server);
  return server;
}

async function script(options: Parameters<typeof serveScript>[0]): Promise<ServedScript> {
  const server = await serveScript(options);
  running.push({ stop: server.close });
  return server;
}

type Tree = Readonly<Record<string, string>>;

const withoutExport = (tree: Tree) =>
  Object.fromEntries(Object.entries(tree).filter(([path]) => !/^export(\/|$)/.test(path)));

/** A server writes down when a token was used. */
const withoutTokens = (tree: Tree) =>
  Object.fromEntries(Object.entries(tree).filter(([path]) => !path.startsWith('target.ferry/tokens')));

function noise(length: number): Uint8Array {
  let state = 1;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 24;
  });
}

function canMount(): boolean {
  try {
    execFileSync('unshare', ['-rm', 'sh', '-c', 'mount -t tmpfs tmpfs /mnt'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
