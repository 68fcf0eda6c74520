import * as v from 'valibot';
import { fileType } from '../protocol/clearing.js';
import { type Concern, isAskable, mostNames, type TypeConcern } from '../protocol/concern.js';
import type { Metadata } from '../protocol/content.js';
import { TransferError } from '../protocol/errors.js';
import { parseJson } from '../protocol/json.js';
import { defaultLimits } from '../protocol/limits.js';
import type { TransferSource } from '../stores/store.js';
import type { Changeset } from './changeset.js';
import type { IndexedDocument } from './document-index.js';
import { documentIdOf, localeType, placeKey, placeOf } from './identity.js';
import type { Selected } from './selection.js';
import { createUniqueFields, isUniqueValue } from './unique-values.js';

interface Asking {
  readonly documents: Set<string>;
  readonly values: Map<string, Set<string | number>>;
  places: Set<string> | null;
}

/** Gathers what a merge has to know of its destination. */
export function createConcern() {
  const types = new Map<string, Asking>();
  const asking = (type: string): Asking => {
    const found = types.get(type) ?? { documents: new Set(), values: new Map(), places: null };
    types.set(type, found);
    return found;
  };
  return {
    document(type: string, documentId: string) {
      asking(type).documents.add(documentId);
    },
    /** That a field has no value is worth knowing as well. */
    value(type: string, field: string, value: unknown) {
      const { values } = asking(type);
      const known = values.get(field) ?? new Set<string | number>();
      values.set(field, isUniqueValue(value) ? known.add(value) : known);
    },
    /** Where a document that comes has rows. */
    comes(type: string, places: readonly string[]) {
      const asked = asking(type);
      asked.places = new Set(asked.places === null ? places : places.filter((one) => asked.places?.has(one)));
    },
    all: (): Concern => Object.fromEntries([...types].map(([type, asked]) => [type, told(asked)])),
  };
}

function told({ documents, values, places }: Asking): TypeConcern {
  return {
    documents: [...documents],
    values: Object.fromEntries([...values].map(([field, some]) => [field, [...some]])),
    ...(places === null ? {} : { places: [...places] }),
  };
}

const askable = (concern: Concern) => (isAskable(concern) ? concern : null);

/** What planning has to know of the destination: null where that is so much that all of it is read. */
export async function concernOf(selected: Selected): Promise<Concern | null> {
  if (selected.documents.size > mostNames) return null;
  const concern = createConcern();
  const uniqueFields = createUniqueFields(selected.index.schemas);
  for (const document of await selected.concerned()) {
    concern.document(document.type, document.documentId);
    const also = otherName(document);
    if (also !== undefined) concern.value(document.type, ...also);
  }
  for (const document of selected.documents.keys())
    concern.comes(document.type, selected.rowsOf(document).map(placeKey));
  for await (const rows of selected.rows())
    for (const { type, data } of rows)
      for (const field of uniqueFields(type)) concern.value(type, field, data[field]);
  return askable(concern.all());
}

/** Likewise, what a changeset is held against. @param source What it brings, open. */
export async function concernOfChangeset(
  source: TransferSource,
  { plan, expects }: Changeset,
): Promise<Concern | null> {
  const concern = createConcern();
  const uniqueFields = createUniqueFields(await source.schemas());
  for (const { type, documentId, standsAs } of plan.documents) concern.document(type, standsAs ?? documentId);
  for (const { type, documentId } of expects) concern.document(type, documentId);
  const coming = new Map<string, { readonly type: string; readonly places: string[] }>();
  for await (const rows of source.rows('entities')) {
    for (const { type, data } of rows) {
      const name = JSON.stringify([type, documentIdOf(data)]);
      const document = coming.get(name) ?? { type, places: [] };
      coming.set(name, document);
      document.places.push(placeKey(placeOf({ type, data })));
      for (const field of uniqueFields(type)) concern.value(type, field, data[field]);
    }
  }
  for (const { type, places } of coming.values()) concern.comes(type, places);
  return askable(concern.all());
}

/** The field that holds what a file or a locale is known by elsewhere. A single type is known by its type. */
function otherName({ type, alias }: IndexedDocument): readonly [string, unknown] | undefined {
  if (alias === undefined) return undefined;
  if (type === localeType) return ['code', alias];
  return type === fileType ? ['hash', (parseJson(alias, defaultLimits) as readonly unknown[])[1]] : undefined;
}

const key = 'concern';
const tops = v.looseObject({ tops: v.record(v.string(), v.pipe(v.number(), v.safeInteger())) });

/** The metadata of what answers a concern: with the greatest ids of the types that come, of which not all rows are given. */
export function withTops(metadata: Metadata | null, greatest: ReadonlyMap<string, number>): Metadata {
  return { ...metadata, [key]: { tops: Object.fromEntries(greatest) } };
}

/**
 * The greatest ids that metadata tell; none where all rows were given.
 * @throws TransferError INVALID_MESSAGE
 */
export function topsOf(metadata: Metadata | null, from: string): ReadonlyMap<string, number> {
  const held = metadata?.[key];
  if (held === undefined) return new Map();
  const { output, success } = v.safeParse(tops, held);
  if (success) return new Map(Object.entries(output.tops));
  throw new TransferError('INVALID_MESSAGE', { url: from, reason: 'its metadata tell no greatest ids' });
}
