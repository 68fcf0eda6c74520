import type { Moment } from './timeline.js';

/** The part of the address behind its `#`: a moment, and the token of a page that may steer. */
export interface LocationHash {
  readonly moment: Moment;
  /** `reporter/actor` */
  readonly actor: string | null;
  readonly token: string | null;
}

export function readHash(hash: string): LocationHash {
  const fields = new URLSearchParams(hash.replace(/^#/, ''));
  const [, reporter, seq, after] = /^(\w+)\.(\d+)(?:\+(\d{1,12}))?$/.exec(fields.get('at') ?? '') ?? [];
  const moment = reporter === undefined ? null : { reporter, seq: Number(seq) };
  return {
    moment: moment === null || after === undefined ? moment : { ...moment, after: Number(after) },
    actor: fields.get('actor'),
    token: fields.get('token'),
  };
}

export function writeHash({ moment, actor, token }: LocationHash): string {
  const fields = [
    ...(token === null ? [] : [`token=${encodeURIComponent(token)}`]),
    ...(moment === null ? [] : [`at=${moment.reporter}.${moment.seq}${afterOf(moment)}`]),
    ...(actor === null ? [] : [`actor=${actor}`]),
  ];
  return fields.length === 0 ? '' : `#${fields.join('&')}`;
}

/** A plus sign is a space in a query. */
const afterOf = ({ after }: NonNullable<Moment>) => (after === undefined ? '' : `%2B${after}`);
