import { describe, expect, test } from 'vitest';
import { createMachine } from 'xstate';
import { explore, type Visited } from '../charts/coverage.js';
import { explored } from '../charts/explored.js';

const charts = explored.map((each) => ({ ...each, id: each.machine.id, ...explore(each) }));

/** `pull: request.init · exchange done · …` */
const wayOf = ([name, ...way]: readonly string[]) => `${name} ${way.join(' · ') || 'at the beginning'}`;

const cell = (text: string) => `\`${text.replaceAll('|', '\\|')}\``;

function row({ words, path }: Visited, unreachable: Readonly<Record<string, string>> = {}): string {
  const way = path === null ? `*${unreachable[words] ?? 'unvisited'}*` : cell(wayOf(path));
  return `| ${cell(words)} | ${way} |`;
}

function page(): string {
  return [
    '# Coverage of the charts',
    '<!-- Written by `npm run charts` from the machines: change those, or test/charts/explored.ts, not this page. -->',
    'Every state and every transition of every chart, with the shortest path to it that XState’s graph functions generate. `test/unit/chart-coverage.test.ts` fails where there is none and no reason stands beside it.',
    ...charts.flatMap(({ id, states, transitions, unreachable }) => [
      `## ${id}`,
      ['| state | path |', '|---|---|', ...states.map((each) => row(each, unreachable))].join('\n'),
      ['| transition | path |', '|---|---|', ...transitions.map((each) => row(each, unreachable))].join('\n'),
    ]),
    '',
  ].join('\n\n');
}

describe.each(charts.map((chart) => [chart.id, chart] as const))('%s', (_, chart) => {
  const { states, transitions, unreachable = {} } = chart;
  const unvisited = [...states, ...transitions].filter(({ path }) => path === null).map(({ words }) => words);

  test('a generated path visits every state and transition, but those that are named with a reason', () => {
    expect(transitions.length).toBeGreaterThan(5);
    expect(unvisited).toEqual(Object.keys(unreachable));
  });
});

test('a state and a transition that no path visits are found', () => {
  const machine = createMachine({
    id: 'islands',
    initial: 'shore',
    states: { shore: { on: { sail: 'sea' } }, sea: {}, island: { on: { sail: 'sea' } } },
  });
  const { states, transitions } = explore({
    machine,
    inputs: { any: undefined },
    events: {},
    tells: () => null,
  });
  const unvisited = [...states, ...transitions].filter(({ path }) => path === null);
  expect(unvisited.map(({ words }) => words)).toEqual(['island', 'island: sail → sea']);
});

// `npm run charts` writes the page anew.
test('docs/charts/coverage.md holds the paths', async () => {
  await expect(page()).toMatchFileSnapshot('../../docs/charts/coverage.md');
});
