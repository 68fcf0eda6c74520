import { describe, expect, test } from 'vitest';
import { transferMachine } from '../../../../machines/transfer.machine.js';
import { errorWords } from '../../../../src/inspector/page/model/error-words.js';
import { type Outcome, outcomeOf } from '../../../../src/inspector/page/model/outcome.js';
import { bandsOf, phaseOf, phases } from '../../../../src/inspector/page/model/phases.js';
import { createTimeline, type Timeline } from '../../../../src/inspector/page/model/timeline.js';
import { errorTable } from '../../../../src/protocol/errors.js';
import { endOf, type PageScene, recordedScene, slowed, upTo } from '../../../support/page-scenes.js';

function timelineOf({ header, records }: PageScene): Timeline {
  const timeline = createTimeline();
  timeline.open('p1', header);
  timeline.add('p1', records);
  return timeline;
}

/** What the page says so many milliseconds after the recording began. */
function saidAt(
  scene: PageScene,
  ms: number,
  more: { canGoOn?: boolean; isRecording?: boolean } = {},
): Outcome {
  const timeline = timelineOf(scene);
  return outcomeOf({
    views: timeline.viewsAt(null),
    bands: bandsOf(timeline.entries),
    place: timeline.entries.last,
    now: Date.parse(scene.header.startedAt) + ms,
    canGoOn: true,
    isLast: true,
    isRecording: false,
    ...more,
  });
}

const client = (name: string) => endOf(recordedScene(name), 'client');
const silent = client('silent');
const lastMs = ({ records }: PageScene) => records.at(-1)?.ms ?? 0;

describe('the first line of the page', () => {
  test('says of a failed push what it was, where and why it failed, and what to do', () => {
    const said = saidAt(silent, lastMs(silent));
    expect(said).toMatchObject({
      standing: 'failed',
      what: 'Push to 127.0.0.1:1337',
      by: 'by strapi-ferry 0.1.0',
      word: 'Failed',
      rest: expect.stringMatching(/^in entities after 1\d s: CONNECTION_SILENT$/),
      why: 'Nothing came from http://127.0.0.1:1337/admin for 10 s while moving entities: the connection is dead or the server hangs.',
    });
    expect(said.todo).toMatch(/^Check the network and the server, then run the transfer again/);
    expect(said.title).toBe(`✕ Failed ${said.rest} · Push to 127.0.0.1:1337`);
  });

  test('says what stands at the destination after a failure, as the command does', () => {
    const { todo } = saidAt(silent, lastMs(silent));
    expect(todo).toMatch(
      / 127\.0\.0\.1:1337 did not answer when it was asked afterwards: check that it runs/,
    );
    const text = JSON.stringify(silent).replaceAll('"stands":"silent"', '"stands":"untouched"');
    const said = saidAt(JSON.parse(text) as PageScene, lastMs(silent));
    expect(said.todo).toMatch(/ Nothing at 127\.0\.0\.1:1337 was changed\.$/);
  });

  test('says of a hang how long, what is waited for, when it ends, and what to look at, second by second', () => {
    const heard = Math.max(
      ...silent.records.flatMap((one) =>
        one.type === 'message' && one.phase === 'answered' ? [one.ms] : [],
      ),
    );
    const hung = upTo(silent, heard + 6400);
    const said = saidAt(hung, heard + 6400);
    expect(said.standing).toBe('silent');
    expect(said.word).toBe('Stalled');
    expect(said.rest).toBe('moving entities: no bytes from 127.0.0.1:1337 for 6.4 s');
    expect(said.why).toMatch(
      /^Waiting for 8 × entities\.stream, the oldest asked 6\.[34] s ago\. Gives up in 4 s\.$/,
    );
    expect(said.todo).toMatch(/^Check that 127\.0\.0\.1:1337 runs/);
    expect(saidAt(hung, heard + 8400).rest).toContain('for 8.4 s');
    expect(saidAt(hung, heard + 8400).why).toContain('Gives up in 2 s');
  });

  test('says nothing of a wait that every transfer has', () => {
    expect(saidAt(upTo(silent, 200), 1000).standing).toBe('running');
  });

  test.each([
    ['push', 'completed', 'in'],
    ['pull', 'completed', 'in'],
    ['retry', 'completed', 'in'],
    ['abort', 'aborted', 'in assets after'],
    ['lost', 'failed', 'in links after'],
    ['silent', 'failed', 'in entities after'],
  ])('of the recording of a %s: %s', (name, standing, rest) => {
    const scene = recordedScene(name);
    const said = saidAt(scene, lastMs(scene));
    expect(said).toMatchObject({ standing, rest: expect.stringContaining(rest) });
    expect(`${said.why}${said.todo}`).not.toMatch(/undefined|null|\bNaN\b/);
  });

  test.each([
    [true, 'The recording ends here'],
    [false, 'The process is gone'],
  ])('says that the records end before the transfer does, recording: %s', (isRecording, why) => {
    const said = saidAt(upTo(silent, 6500), 6500, { canGoOn: false, isRecording });
    expect(said).toMatchObject({ standing: 'brokenOff', why: expect.stringContaining(why) });
  });

  test('says of a page without a transfer what to do', () => {
    const none = outcomeOf({
      views: [],
      bands: [],
      place: -1,
      now: 0,
      canGoOn: true,
      isLast: true,
      isRecording: false,
    });
    expect(none).toMatchObject({ standing: 'nothing', why: expect.stringContaining('--inspect') });
  });
});

describe('the parts of a transfer', () => {
  test('have words, each state of the chart', () => {
    const outer = Object.keys(transferMachine.root.states);
    const inner = Object.keys(transferMachine.root.states['transferring']?.states ?? {});
    const reached = [...outer.filter((state) => state !== 'transferring'), ...inner];
    expect(reached.filter((state) => phases[state] === undefined)).toEqual([]);
    expect(inner.map((state) => phaseOf({ transferring: { [state]: 'moving' } }))).toEqual(inner);
  });

  test('follow each other on the time line without a gap', () => {
    const bands = bandsOf(timelineOf(recordedScene('push')).entries);
    expect(bands.map(({ phase }) => phase)).toEqual(
      'opening comparing checking preparing schemas entities assets links configuration committing closing completed'.split(
        ' ',
      ),
    );
    for (const [index, band] of bands.slice(0, -1).entries()) expect(band.to).toBe(bands[index + 1]?.from);
  });

  test('are those of the stages where a server reports alone', () => {
    const bands = bandsOf(timelineOf(endOf(recordedScene('push'), 'server')).entries);
    expect(bands.map(({ phase }) => phase)).toEqual(['entities', 'assets', 'links', 'configuration']);
  });
});

describe('the words of an error', () => {
  const codes = Object.keys(errorTable);
  test.each(codes)('read as sentences where the records hold no detail: %s', (code) => {
    const { why, todo } = errorWords(code, {});
    for (const text of [why, todo]) {
      expect(text).not.toMatch(/\{|\}|undefined| {2}|\.\.|\( | \)|\(\)|: ?[.,]| [.,;:](?![\w/])/);
    }
    expect(why).toMatch(/^\S.*[.:…]$/s);
    expect(todo).toMatch(/^$|^[A-Z`-]/);
  });

  test('say a span of time, not milliseconds', () => {
    const { why } = errorWords('CONNECT_TIMEOUT', { url: 'http://a', ms: 30_000 });
    expect(why).toBe('http://a did not complete the WebSocket handshake within 30 s.');
  });

  test.each([
    ['BLOCKED', { status: 403 }, /^The server was not reached: … answered with status 403, and not in/],
    ['CONNECT_FAILED', { url: 'http://a' }, /^No connection to http:\/\/a\.$/],
    [
      'CONNECTION_CLOSED',
      { url: 'http://a', state: 'idle' },
      /^http:\/\/a closed the connection while idle\.$/,
    ],
    ['REDIRECTED', { status: 301 }, /^The server redirects to … \(status 301\)\.$/],
    ['PASSWORD_REQUIRED', { status: 401 }, /^The server asks for a password of its own, before a Strapi/],
  ])('leave out what the records do not hold: %s', (code, details, words) => {
    expect(errorWords(code, details).why).toMatch(words);
  });

  test('of a code that is not in the table are the code', () => {
    expect(errorWords('E_OTHER', {}).why).toContain('E_OTHER');
    expect(errorWords('constructor', {}).why).toContain('constructor');
  });
});

test('a transfer that takes thirty times as long says so', () => {
  const scene = slowed(recordedScene('push'), 300);
  expect(saidAt(scene, lastMs(scene)).rest).toMatch(/^in \d+ min \d+ s$/);
});
