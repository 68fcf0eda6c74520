import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import {
  connectionMachine,
  dispatcherMachine,
  goodbyeMachine,
  lifecycleMachine,
  remoteMachine,
  sessionMachine,
  stageMachine,
  transferMachine,
} from '../../machines/index.js';
import { chartPage } from '../charts/mermaid.js';

const machines = [
  dispatcherMachine,
  connectionMachine,
  lifecycleMachine,
  remoteMachine,
  goodbyeMachine,
  sessionMachine,
  stageMachine,
  transferMachine,
];

/** The first paragraph of the comment above the machine. */
function introOf(file: string, id: string): string {
  const source = readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');
  const comment =
    new RegExp(`/\\*\\*((?:(?!\\*/)[\\s\\S])*)\\*/\\nexport const ${id}Machine`).exec(source)?.[1] ?? '';
  const [paragraph = ''] = comment
    .split('\n')
    .map((line) => line.replace(/^\s*\*? ?/, ''))
    .join('\n')
    .trim()
    .split('\n\n');
  return paragraph.replaceAll('\n', ' ');
}

// `npm run charts` writes the pages anew.
test.each(machines.map((machine) => [machine.id, machine] as const))(
  'docs/charts holds the chart of %s as it runs',
  async (id, machine) => {
    const file = `machines/${id}.machine.ts`;
    const intro = introOf(file, id);
    expect(intro).not.toBe('');
    await expect(chartPage(machine, { file, intro })).toMatchFileSnapshot(`../../docs/charts/${id}.md`);
  },
);
