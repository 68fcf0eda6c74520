import { type ESTree, parseSync } from 'vite';

/**
 * The definition of a chart as a tool reads it from the source, without running it: the object that is given to
 * `createMachine`. Throws where something is not written out: a spread, a call, a name that stands for a part.
 */
export function extractedFrom(file: string, source: string): unknown {
  const { program } = parseSync(file, source);
  for (const statement of program.body) {
    const declaration = statement.type === 'ExportNamedDeclaration' ? statement.declaration : null;
    if (declaration?.type !== 'VariableDeclaration') continue;
    for (const { init } of declaration.declarations) {
      const isMachine =
        init?.type === 'CallExpression' &&
        init.callee.type === 'MemberExpression' &&
        init.callee.property.type === 'Identifier' &&
        init.callee.property.name === 'createMachine';
      if (isMachine && init.arguments[0] !== undefined) return partOf(init.arguments[0], file);
    }
  }
  throw new Error(`${file} makes no machine`);
}

const implementation = Symbol('a function');

function partOf(node: ESTree.Argument | ESTree.ArrayExpressionElement, where: string): unknown {
  switch (node?.type) {
    case 'Literal':
      return node.value;
    case 'ArrowFunctionExpression':
      return implementation;
    case 'ArrayExpression':
      return node.elements.map((element, place) => partOf(element, `${where}.${place}`));
    case 'ObjectExpression':
      return Object.fromEntries(
        node.properties.flatMap((property) => {
          if (property.type === 'SpreadElement') throw new Error(`${where} has a spread`);
          const { key } = property;
          const name = key.type === 'Identifier' ? key.name : key.type === 'Literal' ? String(key.value) : '';
          const value = isImplementation(name, property.value)
            ? implementation
            : partOf(property.value, `${where}.${name}`);
          return value === implementation ? [] : [[name, value]];
        }),
      );
    case 'Identifier':
      // Takes no notice of an event.
      if (node.name === 'undefined') return {};
  }
  throw new Error(`${where} is not written out: ${node?.type}`);
}

/** The input of an actor may be a function with a name. */
const isImplementation = (key: string, { type }: ESTree.Expression) =>
  key === 'input' && type === 'Identifier';
