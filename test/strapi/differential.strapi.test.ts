import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { WebSocket } from 'ws';
import type { Direction } from '../../machines/lifecycle.machine.js';
import { seededRandom } from '../../src/testing/seeded.js';
import { type Comparison, compare, wordsOf } from './differential/compare.js';
import { type Deviation, deviations } from './differential/deviations.js';
import { startFerry } from './differential/ferry.js';
import { avoided, generate } from './differential/generate.js';
import type { Sequence } from './differential/messages.js';
import { type Peer, play } from './differential/play.js';
import { type RecordedRefusal, recorded, recordedRefusals } from './differential/recorded.js';
import { type StrapiInstance, startStrapi } from './harness/strapi.js';

/** Another seed plays other sequences: FERRY_SEED=7 FERRY_SEQUENCES=20000. */
const seed = Number(process.env['FERRY_SEED'] ?? 1);
const count = Number(process.env['FERRY_SEQUENCES'] ?? 2400);
const share: Record<Direction, number> = { push: 0.6, pull: 0.4 };

let ours: Awaited<ReturnType<typeof startFerry>>;
let strapi: StrapiInstance;
const fired = new Set<Deviation>();
const totals = {
  sequences: 0,
  agreed: 0,
  compared: 0,
  incomparable: 0,
  deviations: {} as Record<string, number>,
};

beforeAll(async () => {
  ours = await startFerry();
  strapi = await startStrapi();
});

afterAll(async () => {
  await ours?.stop();
  await strapi?.stop();
});

const theirs = (): Peer => ({ name: 'Strapi', adminUrl: strapi.adminUrl, token: strapi.tokens.full });

/** Plays it to both and counts. What must not be is a complaint. */
async function judge(sequence: Sequence): Promise<readonly object[]> {
  const [there, here] = await Promise.all([play(theirs(), sequence), play(ours, sequence)]);
  const complaints: object[] = [];
  if (there.hung) {
    // Whatever it was has to be avoided; and this Strapi is of no further use.
    complaints.push({ hung: 'Strapi', sequence: wordsOf(sequence.messages) });
    await strapi.stop();
    strapi = await startStrapi();
  }
  const wasClosed = here.outcomes.at(-1)?.kind === 'closed';
  if (here.hung || !(here.alive || wasClosed)) {
    complaints.push({ hung: 'ours', sequence: wordsOf(sequence.messages) });
  }
  const result = compare(sequence, there, here);
  tally(result);
  if (result.difference !== null && !there.hung) complaints.push(result.difference);
  return complaints;
}

function tally({ agreed, compared, incomparable, fired: rules }: Comparison): void {
  totals.sequences += 1;
  totals.agreed += agreed;
  totals.compared += compared;
  totals.incomparable += incomparable;
  for (const rule of rules) {
    fired.add(rule);
    totals.deviations[rule.name] = (totals.deviations[rule.name] ?? 0) + 1;
  }
}

function sequences(direction: Direction): Sequence[] {
  const random = seededRandom(seed * 2 + (direction === 'push' ? 0 : 1));
  return Array.from({ length: Math.round(count * share[direction]) }, () => generate(direction, random));
}

/** A push holds the Strapi's database: one at a time. */
async function judgeAll(all: Sequence[], atOnce: number): Promise<readonly object[]> {
  const complaints: object[] = [];
  const work = async () => {
    for (let next = all.shift(); next !== undefined; next = all.shift())
      complaints.push(...(await judge(next)));
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return complaints;
}

/** The answer to an upgrade that the recording saw refused. */
function refusalBy({ adminUrl }: Peer, { name }: RecordedRefusal): Promise<{ http: number; body: string }> {
  const route = name === 'bad path' ? 'nowhere' : 'push';
  const authorizations: Record<string, string> = {
    'bad token': 'Bearer nonsense',
    'basic auth': 'Basic YTpi',
  };
  const authorization = authorizations[name];
  const socket = new WebSocket(`${adminUrl.replace('http', 'ws')}/transfer/runner/${route}`, {
    headers: authorization === undefined ? {} : { Authorization: authorization },
  });
  return new Promise((resolve, reject) => {
    socket.on('open', () => reject(new Error(`${name} was let in`)));
    socket.on('error', () => {});
    socket.on('unexpected-response', (_, response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      response.on('end', () => resolve({ http: response.statusCode ?? 0, body }));
    });
  });
}

describe('the recorded unexpected messages', () => {
  test.each(recordedRefusals)('$name is refused as recorded, by both', async (refusal) => {
    const { http, body } = refusal;
    expect(await refusalBy(theirs(), refusal)).toEqual({ http, body });
    const answer = await refusalBy(ours, refusal);
    // A path that is not ours is the request handler's, whose it is to word it.
    expect(refusal.name === 'bad path' ? { http: answer.http, body } : answer).toEqual({ http, body });
  });

  test.each(recorded)('$name', async ({ direction, before, message, answer }) => {
    const sequence = { direction, messages: [...before, message] };
    const { outcomes } = await play(theirs(), sequence);
    // What a stage brings afterwards is not in the recording.
    const { stage: _, ...last } = { stage: undefined, ...outcomes.at(-1) };
    expect(last).toEqual(answer);
    expect(await judge(sequence)).toEqual([]);
  });
});

describe(`${count} generated sequences, seed ${seed}`, () => {
  test.each([
    ['push', 1],
    ['pull', 6],
  ] as const)('a %s is answered alike', { timeout: 900_000 }, async (direction, atOnce) => {
    const complaints = await judgeAll(sequences(direction), atOnce);
    expect(complaints.slice(0, 10)).toEqual([]);
  });

  it('has seen every deviation that is listed, and each is in docs/strapi-differences.md', () => {
    console.log(`differential: ${JSON.stringify(totals)}`);
    const unseen = deviations.filter((rule) => !fired.has(rule)).map(({ name }) => name);
    expect(unseen).toEqual([]);
    const page = readFileSync(new URL('../../docs/strapi-differences.md', import.meta.url), 'utf8');
    const section = page.split(/^## /m).find((part) => part.startsWith('Differences of the server')) ?? '';
    const documented = [...section.matchAll(/^\| \*\*(.+?)\*\* \|/gm)].map(([, name]) => name);
    expect(documented.sort()).toEqual(deviations.map(({ name }) => name).sort());
    const notSent = [...section.matchAll(/^- (.+?): (.+)$/gm)].map(([, what, why]) => [what, why]);
    expect(notSent).toEqual(avoided);
  });
});
