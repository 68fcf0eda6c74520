import type { RowStep } from '../../protocol/content.js';
import { isObject } from '../../protocol/plain-object.js';

type Check = (row: Readonly<Record<string, unknown>>) => string | undefined;

const isEnd = (value: unknown): boolean => isObject(value) && typeof value['type'] === 'string';

const checks: { readonly [S in RowStep | 'schemas']: Check } = {
  entities(row) {
    if (typeof row['type'] !== 'string') return 'an entity needs a type';
    if (typeof row['id'] !== 'number' && typeof row['id'] !== 'string') return 'an entity needs an id';
    return isObject(row['data']) ? undefined : 'an entity needs its data, an object';
  },
  links(row) {
    if (typeof row['kind'] !== 'string') return 'a link needs a kind';
    if (typeof row['relation'] !== 'string') return 'a link needs a relation';
    return isEnd(row['left']) && isEnd(row['right'])
      ? undefined
      : 'a link needs a left and a right end, with a type';
  },
  configuration(row) {
    if (typeof row['type'] !== 'string') return 'a configuration needs a type';
    return isObject(row['value']) ? undefined : 'a configuration needs its value, an object';
  },
  schemas: (row) => (typeof row['uid'] === 'string' ? undefined : 'a schema needs a uid'),
};

export function envelopeFault(stage: RowStep | 'schemas', row: unknown): string | undefined {
  return isObject(row) ? checks[stage](row) : 'a row has to be an object';
}
