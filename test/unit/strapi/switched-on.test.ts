import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { declaredIn } from '../../../src/strapi/plugin/switched-on.js';
import type { Strapi } from '../../../src/strapi/strapi.js';

const inEnvironment = `env/${process.env['NODE_ENV']}/plugins.js`;

/** What is said where the configuration of a project is these files. */
async function declared(files: Readonly<Record<string, string>>) {
  const config = await mkdtemp(join(tmpdir(), 'ferry-config-'));
  onTestFinished(() => rm(config, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(config, name)), { recursive: true });
    await writeFile(join(config, name), text);
  }
  const strapi = { dirs: { dist: { config } } } as unknown as Strapi;
  return declaredIn(strapi, (name: string) => name === 'FERRY');
}

test.each<readonly [string, Readonly<Record<string, string>>, string]>([
  ['no file', {}, 'absent'],
  ['other plugins', { 'plugins.js': 'module.exports = { upload: {} }' }, 'absent'],
  ['no object', { 'plugins.js': 'module.exports = null' }, 'absent'],
  ['an object', { 'plugins.js': 'module.exports = { ferry: { enabled: true } }' }, 'on'],
  ['true', { 'plugins.js': 'module.exports = { ferry: true }' }, 'on'],
  [
    'a function of the environment',
    { 'plugins.js': "module.exports = ({ env }) => ({ ferry: { enabled: env('FERRY') } })" },
    'on',
  ],
  [
    'TypeScript, compiled',
    {
      'plugins.js':
        "Object.defineProperty(exports, '__esModule', { value: true }); exports.default = () => ({ ferry: { enabled: true } });",
    },
    'on',
  ],
  [
    'an ES module',
    {
      'package.json': '{"type":"module"}',
      'plugins.js': 'export default { ferry: { enabled: true } };',
    },
    'on',
  ],
  ['options alone', { 'plugins.js': 'module.exports = { ferry: { config: {} } }' }, 'unsaid'],
  ['a text', { 'plugins.js': "module.exports = { ferry: { enabled: 'true' } }" }, 'unsaid'],
  ['false', { 'plugins.js': 'module.exports = { ferry: false }' }, 'unsaid'],
  ['the environment alone', { [inEnvironment]: 'module.exports = { ferry: { enabled: true } }' }, 'on'],
  [
    'the environment switches it off',
    {
      'plugins.js': 'module.exports = { ferry: { enabled: true } }',
      [inEnvironment]: 'module.exports = { ferry: { enabled: false } }',
    },
    'unsaid',
  ],
  [
    'the environment has options',
    {
      'plugins.js': 'module.exports = { ferry: { enabled: true } }',
      [inEnvironment]: 'module.exports = { ferry: { config: { replaceBuiltIn: false } } }',
    },
    'on',
  ],
])('config/plugins: %s', async (_, files, said) => {
  expect(await declared(files)).toBe(said);
});
