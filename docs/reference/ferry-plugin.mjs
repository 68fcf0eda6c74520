// A TypeDoc plugin: modules are called as they are imported, types as the source calls them, and charts are not spelled out.
import {
  Comment,
  Converter,
  IntrinsicType,
  LiteralType,
  ReferenceType,
  ReflectionKind,
  UnionType,
  UnknownType,
} from 'typedoc';

/** What each module is for, on the first page. */
const about = {
  index: '`strapi-ferry`: a transfer, whole',
  machines: '`strapi-ferry/machines`: the charts',
  protocol: '`strapi-ferry/protocol`: messages, errors, options',
  client: '`strapi-ferry/client`: one end over a socket, in Node and in browsers',
  server: '`strapi-ferry/server`: the receiving end',
  stores: '`strapi-ferry/stores`: where content comes from and goes to',
  inspect: '`strapi-ferry/inspect`: the charts, watched, recorded and replayed',
  inspector: '`strapi-ferry/inspector`: the page, and the processes that report to it',
  browser: '`strapi-ferry/browser`: what a page in a browser can use',
  testing: '`strapi-ferry/testing`: what proves a store or a peer of your own',
};

export function load(app) {
  // TypeDoc spells an alias such as `keyof typeof errorTable` out at every place that uses it. The source does not.
  const asWritten = (context, reflection, node) => {
    if (node === undefined || reflection.type === undefined) return;
    context.project.removeTypeReflections(reflection.type);
    reflection.type = context.converter.convertType(context.withScope(reflection), node);
  };
  app.converter.on(Converter.EVENT_BEGIN, (context) => {
    context.convertingTypeNode = true;
  });
  app.converter.on(Converter.EVENT_CREATE_SIGNATURE, (context, signature, declaration) => {
    asWritten(context, signature, declaration?.type);
  });

  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    const reflections = Object.values(project.reflections);
    const errorCode = reflections.find(
      (one) => one.name === 'ErrorCode' && one.kindOf(ReflectionKind.TypeAlias),
    );
    listCodesAt(project, errorCode, reflections.find((one) => one.name === 'errorTable').type);
    for (const reflection of reflections) {
      // The type of a parameter is spelled out before its source is at hand.
      if (reflection.kindOf(ReflectionKind.Parameter) && listsCodes(reflection.type))
        reflection.type = ReferenceType.createResolvedReference('ErrorCode', errorCode, project);
      if (reflection.kindOf(ReflectionKind.Module)) {
        reflection.name = reflection.name.replace(/^src\//, '').replace(/^src$/, 'index');
        reflection.comment = new Comment([{ kind: 'text', text: about[reflection.name] ?? '' }]);
      }
      shortenChart(project, reflection);
    }
  });
}

/** docs/errors.md has the rows of the table, so that the reference needs its names alone. */
function listCodesAt(project, errorCode, table) {
  const codes = table.declaration.children.map(({ name }) => name);
  for (const child of [...table.declaration.children]) project.removeReflection(child);
  project.removeTypeReflections(errorCode.type);
  errorCode.type = new UnionType(codes.map((code) => new LiteralType(code)));
}

const listsCodes = (type) => type instanceof UnionType && type.types.length > 50;

/** The type of a chart holds the whole chart, over many pages: docs/charts draws it instead. Its named parts stay. */
function shortenChart(project, reflection) {
  const { type } = reflection;
  if (!(type instanceof ReferenceType) || type.name !== 'StateMachine') return;
  const parts = type.typeArguments?.map((part) => (isNamed(part) ? part : new UnknownType('…')));
  const kept = new Set(parts);
  for (const part of type.typeArguments ?? []) if (!kept.has(part)) project.removeTypeReflections(part);
  type.typeArguments = parts;
  if (reflection.kindOf(ReflectionKind.Variable)) reflection.defaultValue = undefined;
}

const isNamed = (type) =>
  type instanceof UnionType
    ? type.types.every(isNamed)
    : (type instanceof ReferenceType && type.typeArguments === undefined) ||
      type instanceof LiteralType ||
      type instanceof IntrinsicType;
