import type { ActorRecord, MachineRecord, RecordingHeader, StepRecord } from '../../src/inspect/records.js';
import { createTimeline, type Timeline } from '../../src/inspector/page/model/timeline.js';
import { findActor } from '../../src/inspector/page/model/tree.js';

export const header = (startedAt = '2026-01-02T03:04:05.000Z'): RecordingHeader => ({
  ferry: 'recording',
  format: 1,
  version: '0.1.0',
  startedAt,
  roles: ['client'],
  data: false,
});

/** A chart of three states, of which one is never reached. */
export const machine: MachineRecord = {
  type: 'machine',
  seq: 1,
  ms: 0,
  machine: 'lamp',
  definition: {
    id: 'lamp',
    key: 'lamp',
    type: 'compound',
    initial: 'off',
    states: [
      {
        id: 'lamp.off',
        key: 'off',
        type: 'atomic',
        transitions: [{ label: 'press', event: 'press', targets: ['lamp.on'] }],
      },
      { id: 'lamp.on', key: 'on', type: 'atomic' },
      { id: 'lamp.broken', key: 'broken', type: 'final' },
    ],
  },
};

export const actor = (seq: number, ms = 0): ActorRecord => ({
  type: 'actor',
  seq,
  ms,
  actor: 'a1',
  parent: null,
  root: 'a1',
  name: 'lamp',
  path: 'house/lamp',
  side: 'client',
  kind: 'machine',
  machine: 'lamp',
  src: null,
});

export const step = (seq: number, ms: number, value: string, event = 'press'): StepRecord => ({
  type: 'step',
  seq,
  ms,
  actor: 'a1',
  cause: null,
  event,
  value,
  status: 'active',
  transitions: value === 'on' ? [{ source: 'lamp.off', event: 'press', targets: ['lamp.on'] }] : [],
  actions: [],
  armed: [],
  cancelled: [],
});

/** A lamp that is pressed again and again: on at even seqs from 4, off at odd ones. */
export function pressed(presses: number, options: Parameters<typeof createTimeline>[0] = {}): Timeline {
  const timeline = createTimeline(options);
  timeline.open('p1', header());
  timeline.add('p1', [machine, actor(2), step(3, 1, 'off', 'xstate.init')]);
  for (let press = 0; press < presses; press += 1) {
    timeline.add('p1', [step(4 + press, 2 + press, press % 2 === 0 ? 'on' : 'off')]);
  }
  return timeline;
}

/** Its state at a moment of a process. */
export function lampAt(timeline: Timeline, seq: number, reporter = 'p1') {
  const views = timeline.viewsAt({ reporter, seq });
  return findActor(views, `${reporter}/a1`)?.actor.step?.value;
}
