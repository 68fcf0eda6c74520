import { readFileSync } from 'node:fs';
import type { Direction } from '../../../machines/lifecycle.machine.js';
import {
  action,
  again,
  command,
  end,
  init,
  type Message,
  noUuid,
  step,
  unknownKind,
  unknownType,
} from './messages.js';
import { normalise, type Outcome } from './outcome.js';

/** One line of the recording: what comes before it on a connection of its own, and the message. */
export interface Recorded {
  readonly name: string;
  readonly direction: Direction;
  readonly before: readonly Message[];
  readonly message: Message;
  /** What the recorded Strapi answered. */
  readonly answer: Outcome;
}

export interface RecordedRefusal {
  readonly name: string;
  readonly http: number;
  readonly body: string;
}

const file = new URL('../../fixtures/recordings/strapi-5.54.0-unexpected-messages.txt', import.meta.url);
const lines = readFileSync(file, 'utf8')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => ({ name: line.slice(0, 45).trim(), answer: JSON.parse(line.slice(45)) }));

export const recordedRefusals: readonly RecordedRefusal[] = lines
  .filter(({ answer }) => 'http' in answer)
  .map(({ name, answer }) => ({ name, ...answer }));

/** What the recording sent, and the shortest way there that leaves the server as the recording had it. */
const plays: Record<Direction, Record<string, readonly [before: readonly Message[], message: Message]>> = {
  push: playsOf('push'),
  pull: playsOf('pull'),
};

function playsOf(direction: Direction): Record<string, readonly [readonly Message[], Message]> {
  const begun = direction === 'push' ? init.push() : init.pull();
  const open = [begun, action('bootstrap')];
  const afterEntities = [...open, step('end', 'entities')];
  const afterLinks = [...open, step('start', 'links'), step('end', 'links')];
  const inLinks = [...open, step('start', 'links')];
  const isPush = direction === 'push';
  return {
    'status before init': [[], command('status')],
    'action before init': [[], action('bootstrap')],
    'step before init': [[], step('start', 'entities')],
    'unknown command': [[], command('fly')],
    'end before init': [[], end('wrong')],
    'unknown type': [[begun], unknownType()],
    'no uuid': [[begun], noUuid()],
    init: [[], begun],
    'init same uuid again': [[begun], again(begun, 'last')],
    'init twice': [[begun], begun],
    'status after init': [[begun], command('status')],
    'wrong transferID action': [[begun], action('bootstrap', 'wrong')],
    'unknown action': [open, action('fly')],
    'unknown kind': [open, unknownKind()],
    'bootstrap again': [open, action('bootstrap')],
    beforeTransfer: [open, action('beforeTransfer')],
    'stream w/o start': [open, step('stream', 'entities', [])],
    'end w/o start': [open, step('end', 'entities')],
    'start unknown step': [isPush ? afterEntities : open, step('start', 'dreams')],
    'start schemas': [isPush ? afterEntities : open, step('start', 'schemas')],
    'start links': [
      isPush ? [...open, step('start', 'assets'), step('end', 'assets')] : open,
      step('start', 'links'),
    ],
    'start links again': [inLinks, step('start', 'links')],
    'start configuration while links': [inLinks, step('start', 'configuration')],
    'end links': [inLinks, step('end', 'links')],
    'start entities after links': [afterLinks, step('start', 'entities')],
    rollback: [open, action('rollback')],
    'end bad id': [open, end('wrong')],
    end: [[...open, action('close')], end()],
    'init after end': [[...open, action('close'), end()], init.bare()],
  };
}

export const recorded: readonly Recorded[] = lines
  .filter(({ answer }) => !('http' in answer))
  .map(({ name: line, answer }) => {
    const direction = line.startsWith('push') ? 'push' : 'pull';
    const name = line.slice(5);
    const play = plays[direction][name];
    if (play === undefined) throw new Error(`nobody knows how to play "${line}"`);
    const [before, message] = play;
    const { data, error } = answer;
    const outcome: Outcome =
      answer.silence === true
        ? { kind: 'silence' }
        : error === null
          ? { kind: 'answer', data: normalise(data) }
          : { kind: 'error', error: normalise(error) as never };
    return { name: line, direction, before, message, answer: outcome };
  });
