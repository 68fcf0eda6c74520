// Strapi's own client: what `strapi export`, `import` and `transfer` are made of, without a project.
//   pull <adminUrl> <token> <folder> · push <folder> <adminUrl> <token> · read <folder>
// The last line on stdout is one JSON object {ok, seconds, maxRSS (KB), error?, …}.
import { createRequire } from 'node:module';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createSummary } from './summary.mjs';

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    'no-checksums': { type: 'boolean', default: false },
    version: { type: 'string', default: 'current' },
    'schema-strategy': { type: 'string', default: 'strict' },
    'version-strategy': { type: 'string', default: 'ignore' },
    only: { type: 'string' },
    exclude: { type: 'string' },
    'retry-timeout': { type: 'string' },
  },
});
const home = fileURLToPath(new URL(flags.version === 'older' ? '../older/' : '../', import.meta.url));
const { strapi, directory, engine: engines } = createRequire(home)('@strapi/data-transfer');
const ignored = ['plugin::content-releases.release', 'plugin::content-releases.release-action'];
const isIgnored = (uid) => uid.startsWith('admin::') || ignored.includes(uid);

// Whoever started this is gone: so is this.
process.on('disconnect', () => process.exit(1));

const list = (text) => (text ? text.split(',') : undefined);
const remote = (url, token) => ({
  url: new URL(url),
  auth: { type: 'token', token },
  ...(flags['no-checksums'] ? {} : { verifyChecksums: true }),
  ...(flags['retry-timeout']
    ? {
        retryMessageOptions: {
          retryMessageTimeout: Number(flags['retry-timeout']),
          retryMessageMaxRetries: 5,
        },
      }
    : {}),
});
const folderSource = (path) =>
  directory.providers.createLocalDirectorySourceProvider({ directory: { path } });

const commands = {
  pull: (url, token, path) => {
    const source = strapi.providers.createRemoteStrapiSourceProvider(remote(url, token));
    // A remote source offers no stream of schemas, but a folder without them cannot be read again.
    source.createSchemasReadStream = async () => Readable.from(Object.values(await source.getSchemas()));
    const file = { compression: { enabled: false }, encryption: { enabled: false } };
    return transfer(
      source,
      directory.providers.createLocalDirectoryDestinationProvider({ directory: { path }, file }),
    );
  },
  push: async (path, url, token) => {
    const restore = await restoreOptions(path);
    const options = { ...remote(url, token), strategy: 'restore', restore };
    return transfer(folderSource(path), strapi.providers.createRemoteStrapiDestinationProvider(options));
  },
  read: async (path) => {
    const source = folderSource(path);
    await source.bootstrap();
    await source.validateStage?.('assets');
    return createSummary(source);
  },
};

/** As the CLI makes them; an older server clears its own admin types, too, unless it is told not to. */
async function restoreOptions(path) {
  const source = folderSource(path);
  await source.bootstrap();
  const included = (group) =>
    !list(flags.exclude)?.includes(group) && (list(flags.only)?.includes(group) ?? true);
  const configuration = included('config');
  return {
    entities: {
      exclude: [...new Set([...Object.keys(await source.getSchemas()).filter(isIgnored), ...ignored])],
      ...(included('content') ? {} : { include: [] }),
    },
    assets: included('files'),
    configuration: { webhook: configuration, coreStore: configuration },
  };
}

async function transfer(source, destination) {
  const engine = engines.createTransferEngine(source, destination, {
    versionStrategy: flags['version-strategy'],
    schemaStrategy: flags['schema-strategy'],
    only: list(flags.only),
    exclude: list(flags.exclude),
    transforms: {
      links: [{ filter: ({ left, right }) => !isIgnored(left.type) && !isIgnored(right.type) }],
      entities: [{ filter: ({ type }) => !isIgnored(type) }],
    },
  });
  const warnings = [];
  engine.diagnostics.onDiagnostic(({ kind, details }) => {
    if (kind !== 'info') warnings.push(`${kind}: ${details.message}`);
  });
  try {
    const results = await engine.transfer();
    const counts = Object.entries(results.engine).map(([stage, { count }]) => [stage, count]);
    return { counts: Object.fromEntries(counts), warnings };
  } catch (error) {
    error.warnings = warnings;
    throw error;
  }
}

async function main() {
  const [command, ...parameters] = positionals;
  const started = process.hrtime.bigint();
  const measure = () => ({
    seconds: Number(process.hrtime.bigint() - started) / 1e9,
    maxRSS: process.resourceUsage().maxRSS,
  });
  try {
    const result = await commands[command](...parameters);
    return { ok: true, ...measure(), ...result };
  } catch (error) {
    const { message, warnings = [], details = null } = error;
    return { ok: false, error: message, warnings, details, ...measure() };
  }
}

const result = await main();
// Strapi's client never closes its socket, so this process would not end by itself.
process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(result.ok ? 0 : 1));
