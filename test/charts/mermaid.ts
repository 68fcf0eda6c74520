import type { AnyStateMachine, AnyStateNode, AnyTransitionDefinition } from 'xstate';

/**
 * A chart as a page: a Mermaid diagram and a table, both from the machine's own definition, so that they cannot
 * differ from what runs. GitHub renders the diagram.
 */
export function chartPage(
  machine: AnyStateMachine,
  source: { file: string; intro: string; more: readonly string[] },
): string {
  return [
    `# ${machine.id}`,
    `<!-- Written by \`npm run charts\` from ${source.file}: change the machine, not this page. -->`,
    source.intro,
    ...source.more,
    ['```mermaid', ...diagram(machine), '```'].join('\n'),
    table(machine).join('\n'),
    '',
  ].join('\n\n');
}

function diagram(machine: AnyStateMachine): readonly string[] {
  return ['stateDiagram-v2', ...inside(machine.root, '  ')];
}

/** The states in a node, then their transitions: Mermaid wants both in the scope that they share. */
function inside(node: AnyStateNode, indent: string): readonly string[] {
  const children = Object.values(node.states);
  const start = node.initial?.target[0];
  return [
    ...(start === undefined ? [] : [`${indent}[*] --> ${idOf(start)}`]),
    ...children.flatMap((child) => declaration(child, indent)),
    ...edgesWithin(node, indent),
  ];
}

function declaration(node: AnyStateNode, indent: string): readonly string[] {
  const id = idOf(node);
  const isCompound = Object.keys(node.states).length > 0;
  const head = isCompound
    ? [`${indent}state "${node.key}" as ${id} {`, ...inside(node, `${indent}  `), `${indent}}`]
    : [`${indent}state "${node.key}" as ${id}`];
  const runs = node.invoke.map(({ src }) => `runs ${nameOf(src)}`);
  const note = runs.length === 0 ? [] : [`${indent}note right of ${id} : ${runs.join(', ')}`];
  return [...head, ...note, ...(node.type === 'final' ? [`${indent}${id} --> [*]`] : [])];
}

/** The transitions whose two ends have this node as their innermost common one: there Mermaid draws them right. */
function edgesWithin(scope: AnyStateNode, indent: string): readonly string[] {
  const edges = new Map<string, string[]>();
  for (const transition of transitionsIn(scope)) {
    for (const target of transition.target ?? []) {
      // What can happen in any state would be an arrow from each: the table tells it.
      if (transition.source.parent === undefined || commonOf(transition.source, target) !== scope) continue;
      const arrow = `${indent}${idOf(transition.source)} --> ${idOf(target)}`;
      edges.set(arrow, [...(edges.get(arrow) ?? []), label(transition)]);
    }
  }
  return [...edges].map(([arrow, labels]) => `${arrow} : ${labels.join('<br>')}`);
}

export function* transitionsIn(node: AnyStateNode): Generator<AnyTransitionDefinition> {
  yield* ownTransitions(node);
  for (const child of Object.values(node.states)) yield* transitionsIn(child);
}

function* ownTransitions(node: AnyStateNode): Generator<AnyTransitionDefinition> {
  for (const transitions of node.transitions.values()) yield* transitions;
  yield* node.always ?? [];
}

/** The innermost node that holds both, and is neither. */
function commonOf(one: AnyStateNode, other: AnyStateNode): AnyStateNode | undefined {
  for (let node = one.parent; node !== undefined; node = node.parent) {
    const length = node.path.length;
    if (length < other.path.length && node.path.every((key, place) => key === other.path[place])) return node;
  }
  return undefined;
}

function table(machine: AnyStateMachine): readonly string[] {
  return [
    '| in | on | if | goes to | does |',
    '|---|---|---|---|---|',
    ...rows(machine.root).map((cells) => `| ${cells.join(' | ')} |`),
  ];
}

function rows(node: AnyStateNode): readonly (readonly string[])[] {
  const own = [...ownTransitions(node)].map((transition) => [
    node.parent === undefined ? '*any state*' : code(node.path.join('.')),
    code(eventOf(transition)),
    transition.guard === undefined ? '' : code(nameOf(transition.guard)),
    transition.target === undefined
      ? ''
      : transition.target.map(({ path }) => code(path.join('.'))).join(', '),
    transition.actions.map((action) => code(nameOf(action))).join(', '),
  ]);
  return [...own, ...Object.values(node.states).flatMap(rows)];
}

function label(transition: AnyTransitionDefinition): string {
  const guard = transition.guard === undefined ? '' : ` [${nameOf(transition.guard)}]`;
  return `${eventOf(transition)}${guard}`;
}

/** XState's names of its own events, in the words of the config. */
export function eventOf({ eventType, source }: AnyTransitionDefinition): string {
  if (eventType === '') return 'always';
  const after = /^xstate\.after\.([^.]+)\./.exec(eventType);
  if (after !== null) return `after ${after[1]}`;
  if (eventType.startsWith('xstate.done.state.')) return 'all done';
  const invoked = source.invoke.find(({ id }) => eventType === `xstate.done.actor.${id}`);
  if (invoked !== undefined) return `${nameOf(invoked.src)} done`;
  const failed = source.invoke.find(({ id }) => eventType === `xstate.error.actor.${id}`);
  if (failed !== undefined) return `${nameOf(failed.src)} failed`;
  const other = /^xstate\.(done|error)\.actor\.(.+)$/.exec(eventType);
  return other === null ? eventType : `${other[2]} ${other[1] === 'done' ? 'done' : 'failed'}`;
}

/** Of a guard, an action or an actor: its name, with its parameters where it has some. */
export function nameOf(part: unknown): string {
  if (typeof part === 'string') return part;
  const { type, params } = Object(part) as { type?: string; params?: unknown };
  const name = type ?? 'inline';
  if (params === undefined || typeof params === 'function') return name;
  const values = typeof params === 'object' ? Object.values(Object(params)) : [params];
  return `${name}(${values.join(', ')})`;
}

const idOf = (node: AnyStateNode) => node.path.join('_');
const code = (text: string) => `\`${text}\``;
