/** What came of one message. */
export type Outcome =
  | { readonly kind: 'silence' }
  /** `stage`: whether a stage of a pull that it started came to its end. */
  | { readonly kind: 'answer'; readonly data: unknown; readonly stage?: 'ended' | 'stalled' }
  | { readonly kind: 'error'; readonly error: { code: string; message: string; details?: unknown } }
  /** An error that names no message. */
  | { readonly kind: 'unaddressed'; readonly message: string }
  | { readonly kind: 'closed'; readonly code: number };

const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const time = /\d{4}-\d\d-\d\dT[\d:.]+Z/g;
const changing = new Set(['elapsed', 'startedAt', 'totalBytes', 'totalCount']);

/** Without ids, times, versions, and what is content. */
export function normalise(value: unknown, key = ''): unknown {
  if (typeof value === 'number' && changing.has(key)) return '<number>';
  if (typeof value === 'string') {
    return key === 'version' ? '<version>' : value.replace(uuid, '<uuid>').replace(time, '<time>');
  }
  if (Array.isArray(value)) return value.map((item) => normalise(item));
  if (typeof value !== 'object' || value === null) return value;
  // The answer to getSchemas: uid → schema.
  if (Object.values(value).some((each) => Object(each).uid !== undefined)) return '<schemas>';
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, each]) => [name, normalise(each, name)]),
  );
}
