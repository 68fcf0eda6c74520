import { expect, it } from 'vitest';
import { statePath } from '../../../machines/remote.machine.js';
import { transferMachine } from '../../../machines/transfer.machine.js';
import { doingOf } from '../../../src/cli/report/doing.js';

interface Node {
  readonly path: readonly string[];
  readonly type: string;
  readonly states: Readonly<Record<string, Node>>;
}

/** Every state of the chart that has none below it, and is not its end. */
function leavesOf(node: Node): readonly string[] {
  const inner = Object.values(node.states);
  if (inner.length > 0) return inner.flatMap(leavesOf);
  return node.path.length === 1 && node.type === 'final' ? [] : [node.path.join('.')];
}

it.each(leavesOf(transferMachine.root))('says in words what goes on in %s', (state) => {
  expect(statePath(state)).toBe(state);
  const words = doingOf(state, false);
  expect(words).toMatch(/^[a-z]+ing [a-z ]+$|^ending$/);
  expect(doingOf(state, true)).toBe(`paused before ${words}`);
});
