import type { AnyStateNode, AnyTransitionDefinition } from 'xstate';
import { lifecycleMachine } from '../../machines/lifecycle.machine.js';
import { transferMachine } from '../../machines/transfer.machine.js';
import { explore } from './coverage.js';
import { explored } from './explored.js';
import { eventOf, nameOf } from './mermaid.js';

/** Taken by everybody who goes the whole way; elsewhere the same request gives a transfer up. */
const onTheWay = ['transferring.between → closing.settling', 'closing.settled → closing.leaving'];
const waysOut = ['aborting', 'closing.settling', 'closing.leaving'];

/** The way of a push or of a pull through the lifecycle, top down: what ends it early is drawn once. */
export function wayOf(direction: 'push' | 'pull'): string {
  const chart = explored.find(({ machine }) => machine.id === lifecycleMachine.id);
  if (chart === undefined) throw new Error('the lifecycle is not explored');
  const inputs = { [direction]: chart.inputs[direction] };
  const edges = new Map<string, string[]>();
  const outs = new Map<string, string[]>();
  const failures = new Set<string>();
  const nodes = new Set<AnyStateNode>();
  const add = (map: Map<string, string[]>, key: string, text: string) => {
    const known = map.get(key) ?? [];
    if (!known.includes(text)) map.set(key, [...known, text]);
  };
  for (const { definition, path } of explore({ ...chart, inputs }).transitions) {
    const [to] = definition.target ?? [];
    if (path === null || to === undefined) continue;
    const [from, target] = [definition.source, leafOf(to)];
    if (target.key === 'failed') {
      failures.add(words(definition));
      continue;
    }
    nodes.add(from).add(target);
    const [source, end] = [from.path.join('.'), target.path.join('.')];
    if (waysOut.includes(end) && !onTheWay.includes(`${source} → ${end}`)) {
      add(outs, `-. ${words(definition)} .-> ${idOf(target)}`, source);
    } else add(edges, `${idOf(from)} --> ${idOf(target)}`, words(definition));
  }
  return [
    '```mermaid',
    'flowchart TD',
    ...[...nodes].map((node) => `  ${idOf(node)}["${node.path.join('.')}"]`),
    ...[...edges].map(([arrow, labels]) => `  ${arrow.replace('-->', `-- "${labels.join('<br>')}" -->`)}`),
    ...[...outs].map(([arrow, sources], place) => `  out${place}(["${sources.join('<br>')}"]) ${arrow}`),
    `  any(["any state"]) -. "${[...failures].join('<br>')}" .-> failed["failed"]`,
    '```',
  ].join('\n');
}

/** A transfer, top down: a stage is one box, and what ends it early is drawn once. */
export function wayOfTransfer(): string {
  const edges = new Map<string, Set<string>>();
  const early = new Map<string, Set<string>>();
  const note = (map: Map<string, Set<string>>, key: string, text: string) =>
    map.set(key, (map.get(key) ?? new Set()).add(text));
  const visit = (node: AnyStateNode): void => {
    for (const transition of [...[...node.transitions.values()].flat(), ...(node.always ?? [])]) {
      const [to] = transition.target ?? [];
      if (to === undefined || stageOf(leafOf(to)) === stageOf(node)) continue;
      const guard = transition.guard === undefined ? '' : ` [${nameOf(transition.guard)}]`;
      const [from, target] = [stageOf(node), stageOf(leafOf(to))];
      if (ends.includes(target) && !ends.includes(from))
        note(early, target, from === '' ? `any state: ${eventOf(transition)}` : from);
      else note(edges, `${from} --> ${target}`, `${eventOf(transition)}${guard}`);
    }
    for (const inner of Object.values(node.states)) visit(inner);
  };
  visit(transferMachine.root);
  const box = (stage: string) => stage.replace('.', '_');
  const arrows = [...edges].map(([arrow, labels]) => {
    const [from = '', to = ''] = arrow.split(' --> ');
    return `  ${box(from)}["${from}"] -- "${[...labels].join('<br>')}" --> ${box(to)}["${to}"]`;
  });
  const outs = [...early].map(
    ([to, from], place) => `  early${place}(["${[...from].join('<br>')}"]) -.-> ${to}["${to}"]`,
  );
  return ['```mermaid', 'flowchart TD', ...arrows, ...outs, '```'].join('\n');
}

const ends = ['objecting', 'rollingBack'];

/** The box that a state of a transfer is drawn in. All stages together are left from their last one. */
const stageOf = ({ path: [outer = '', inner = 'done'] }: AnyStateNode) =>
  outer === 'transferring' ? `${outer}.${inner}` : outer;

function leafOf(node: AnyStateNode): AnyStateNode {
  const initial = node.initial?.target[0];
  return initial === undefined ? node : leafOf(initial);
}

/** `accepted`, `refused` and `answered` are what an exchange comes to. */
function words(transition: AnyTransitionDefinition): string {
  const event = eventOf(transition);
  if (event !== 'exchange done') return event.replace(/^request\./, '');
  if (transition.guard !== undefined)
    return nameOf(transition.guard) === 'wasAccepted' ? 'accepted' : 'refused';
  const all = [...transition.source.transitions.values()].flat();
  return all.some((one) => one !== transition && one.eventType === transition.eventType)
    ? 'refused'
    : 'answered';
}

const idOf = (node: AnyStateNode) => node.path.join('_');
