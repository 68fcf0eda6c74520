import { folderType } from '../merge/identity.js';
import { fileType } from '../protocol/clearing.js';
import {
  type Entity,
  type Link,
  type RowOf,
  type RowStep,
  type Schemas,
  type Step,
  steps,
} from '../protocol/content.js';
import { TransferError } from '../protocol/errors.js';
import type { RestoreOptions } from '../protocol/messages.js';
import { type TypeChoice, type Verdict, verdictOfType } from '../protocol/type-choice.js';

/** A group of content, by Strapi's word for it. */
export type ContentGroup = 'content' | 'files' | 'config';

/** Strapi's words for what moves, and the stages that each stands for. */
const groups = {
  content: ['entities', 'links'],
  files: ['assets'],
  config: ['configuration'],
} as const satisfies Record<ContentGroup, readonly Step[]>;

/** Types of the media library's rows. */
export const uploadTypes = [fileType, folderType] as const;

export const contentGroups = Object.keys(groups) as readonly ContentGroup[];

/** What is left out, with Strapi's meanings. */
export interface FilterOptions {
  /** Only these groups. @defaultValue all */
  readonly only?: readonly ContentGroup[] | undefined;
  /** Not these groups; wins over `only`. */
  readonly exclude?: readonly ContentGroup[] | undefined;
  /** Only entities of these types, and links with both ends of these types. @defaultValue all */
  readonly onlyContentTypes?: readonly string[] | undefined;
  /** No entities of these types, and no links with such an end. */
  readonly excludeContentTypes?: readonly string[] | undefined;
}

export interface Filters {
  readonly steps: readonly Step[];
  readonly types: TypeChoice;
  /** @throws TransferError INVALID_OPTION where the source has no type that was named */
  checkTypes(known: Schemas): void;
  verdictOf<S extends RowStep>(step: S, row: RowOf[S]): Verdict;
  /** What a server is to replace: `restoreFor` makes of it what the server is told, once the source's types are known. */
  readonly restore: RestoreOptions;
}

/**
 * @throws TransferError INVALID_OPTION where a word is unknown, or stands in both of two options
 */
export function createFilters(options: FilterOptions = {}): Filters {
  const { only = [], exclude = [], onlyContentTypes = [], excludeContentTypes = [] } = options;
  for (const word of [...only, ...exclude]) {
    if (!contentGroups.includes(word)) throw invalid('only/exclude', word, `use ${contentGroups.join(', ')}`);
  }
  refuseOverlap('only/exclude', only, exclude);
  refuseOverlap('onlyContentTypes/excludeContentTypes', onlyContentTypes, excludeContentTypes);

  const types: TypeChoice = { only: onlyContentTypes, exclude: excludeContentTypes };
  const isNamed = (step: Step) => {
    const has = (group: ContentGroup) => (groups[group] as readonly Step[]).includes(step);
    return (only.length === 0 || only.some(has)) && !exclude.some(has);
  };
  // As in Strapi: files whose rows do not move are left out, unless the user asked for files.
  const leavesFilesOut =
    isNamed('entities') &&
    !only.includes('files') &&
    uploadTypes.every((type) => verdictOfType(type, types) !== 'kept');
  const included = steps.filter((step) => isNamed(step) && !(step === 'assets' && leavesFilesOut));

  return {
    steps: included,
    types,
    checkTypes(known) {
      const named = { onlyContentTypes, excludeContentTypes };
      for (const [option, types] of Object.entries(named)) {
        // Strapi's own preset may name types that an old source does not have.
        const unknown = types.filter((type) => !Object.hasOwn(known, type) && !isUploadType(type));
        if (unknown.length > 0) throw invalid(option, unknown.join(', '), 'the source has no such type');
      }
    },
    verdictOf(step, row) {
      if (step === 'entities') return verdictOfType((row as Entity).type, types);
      if (step === 'configuration') return 'kept';
      const { left, right } = row as Link;
      const verdicts = [verdictOfType(left.type, types), verdictOfType(right.type, types)];
      return (
        verdicts.find((verdict) => verdict === 'dropped') ??
        verdicts.find((verdict) => verdict === 'excluded') ??
        'kept'
      );
    },
    restore: {
      assets: included.includes('assets'),
      configuration: {
        coreStore: included.includes('configuration'),
        webhook: included.includes('configuration'),
      },
      entities: {
        // Nothing of the content is deleted where no content will come.
        ...(included.includes('entities')
          ? onlyContentTypes.length === 0
            ? {}
            : { include: onlyContentTypes }
          : { include: [] }),
        ...(excludeContentTypes.length === 0 ? {} : { exclude: excludeContentTypes }),
      },
    },
  };
}

const isUploadType = (type: string) => (uploadTypes as readonly string[]).includes(type);

function refuseOverlap(option: string, left: readonly string[], right: readonly string[]): void {
  const both = left.filter((word) => right.includes(word));
  if (both.length > 0) throw invalid(option, both.join(', '), 'it stands in both');
}

function invalid(option: string, value: string, reason: string): TransferError {
  return new TransferError('INVALID_OPTION', { option, value, reason });
}
