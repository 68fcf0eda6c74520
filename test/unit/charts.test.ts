import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { createMachine } from 'xstate';
import {
  admissionMachine,
  connectionMachine,
  dispatcherMachine,
  goodbyeMachine,
  lifecycleMachine,
  mergeMachine,
  remoteMachine,
  sessionMachine,
  stageMachine,
  transferMachine,
} from '../../machines/index.js';
import { definitionOf } from '../../src/inspect/definition.js';
import { chartJson } from '../charts/chart-json.js';
import { wordsOf } from '../charts/coverage.js';
import { explored } from '../charts/explored.js';
import { extractedFrom } from '../charts/extracted.js';
import { chartPage, transitionsIn } from '../charts/mermaid.js';
import { wayOf, wayOfTransfer } from '../charts/ways.js';

const machines = [
  dispatcherMachine,
  connectionMachine,
  lifecycleMachine,
  remoteMachine,
  goodbyeMachine,
  admissionMachine,
  sessionMachine,
  stageMachine,
  transferMachine,
  mergeMachine,
];

const sourceOf = (file: string) => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');

/** The first paragraph of the comment above the machine. */
function introOf(file: string, id: string): string {
  const source = sourceOf(file);
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

/** Above the drawing of the whole, which has too many edges to follow a transfer in. */
const drawnToo: Readonly<Record<string, readonly string[]>> = {
  lifecycle: [
    '## The way of a push',
    wayOf('push'),
    '## The way of a pull',
    wayOf('pull'),
    'What ends a transfer before its time is drawn once, with the states that it may come from.',
    '## All of it',
  ],
  transfer: [
    '## The way of a transfer',
    wayOfTransfer(),
    'A stage is one box: it begins at a gate, where it can be paused. What ends a transfer before its time is drawn once.',
    '## All of it',
  ],
};

// `npm run charts` writes the pages anew.
test.each(machines.map((machine) => [machine.id, machine] as const))(
  'docs/charts holds the chart of %s as it runs',
  async (id, machine) => {
    const file = `machines/${id}.machine.ts`;
    const intro = introOf(file, id);
    expect(intro).not.toBe('');
    await expect(chartPage(machine, { file, intro, more: drawnToo[id] ?? [] })).toMatchFileSnapshot(
      `../../docs/charts/${id}.md`,
    );
  },
);

describe.each(machines.map((machine) => [machine.id, machine] as const))(
  'the definition of %s',
  (id, machine) => {
    const file = `machines/${id}.machine.ts`;
    const json = JSON.parse(chartJson(machine));

    test('lies in docs/charts as it runs', async () => {
      await expect(chartJson(machine)).toMatchFileSnapshot(`../../docs/charts/${id}.json`);
      expect(definitionOf(createMachine(json))).toEqual(definitionOf(machine));
    });

    test('can be read from its source: no spread, call or name supplies a part of it', () => {
      expect(extractedFrom(file, sourceOf(file))).toEqual(json);
    });
  },
);

// `npm run test:faults -- --unreached` writes the table anew.
test.each(explored.map(({ machine }) => [machine.id, machine] as const))(
  'docs/simulation.md counts the transitions of %s, and names none that it lacks',
  (id, machine) => {
    const page = readFileSync('docs/simulation.md', 'utf8');
    const [, count, names = ''] =
      new RegExp(`^\\| ${id} \\| (\\d+) \\| \\d+ \\| (.*) \\|$`, 'm').exec(page) ?? [];
    const all = [...transitionsIn(machine.root)].map(wordsOf);
    expect(Number(count)).toBe(all.length);
    const named = names.split('<br>').map((name) => name.slice(1, -1));
    expect(named.filter((name) => !all.includes(name))).toEqual([]);
  },
);

test.each([
  ['a spread', '{ a: { ...rest } }'],
  ['a call', "{ initial: 'a', states: { a: stateOf('b') } }"],
  ['a name', "{ invoke: { src: 'a', onDone } }"],
])('%s in a definition is found', (_, config) => {
  const source = `export const machine = setup({}).createMachine(${config});`;
  expect(() => extractedFrom('a.machine.ts', source)).toThrow();
});
