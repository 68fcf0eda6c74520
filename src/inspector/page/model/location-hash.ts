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
  const [, reporter, seq] = /^(\w+)\.(\d+)$/.exec(fields.get('at') ?? '') ?? [];
  return {
    moment: reporter === undefined ? null : { reporter, seq: Number(seq) },
    actor: fields.get('actor'),
    token: fields.get('token'),
  };
}

export function writeHash({ moment, actor, token }: LocationHash): string {
  const fields = [
    ...(token === null ? [] : [`token=${encodeURIComponent(token)}`]),
    ...(moment === null ? [] : [`at=${moment.reporter}.${moment.seq}`]),
    ...(actor === null ? [] : [`actor=${actor}`]),
  ];
  return fields.length === 0 ? '' : `#${fields.join('&')}`;
}
