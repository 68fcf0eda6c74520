// A TypeDoc plugin: modules are called as they are imported, and charts are not spelled out.
import { Comment, Converter, ReferenceType, ReflectionKind } from 'typedoc';

/** What each module is for, on the first page. */
const about = {
  index: '`strapi-ferry`: a transfer, whole',
  machines: '`strapi-ferry/machines`: the charts',
  protocol: '`strapi-ferry/protocol`: messages, errors, options',
  client: '`strapi-ferry/client`: one end over a socket, in Node and in browsers',
  server: '`strapi-ferry/server`: the receiving end',
  stores: '`strapi-ferry/stores`: where content comes from and goes to',
  testing: '`strapi-ferry/testing`: what proves a store or a peer of your own',
};

export function load(app) {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const reflection of Object.values(project.reflections)) {
      if (reflection.kindOf(ReflectionKind.Module)) {
        reflection.name = reflection.name.replace(/^src\//, '').replace(/^src$/, 'index');
        reflection.comment = new Comment([{ kind: 'text', text: about[reflection.name] ?? '' }]);
      }
      if (!(reflection.type instanceof ReferenceType) || reflection.type.package !== 'xstate') continue;
      // The type of a chart holds the whole chart, over many pages: docs/charts draws it instead.
      project.removeTypeReflections(reflection.type);
      reflection.type.typeArguments = undefined;
      if (reflection.kindOf(ReflectionKind.Variable)) reflection.defaultValue = undefined;
    }
  });
}
