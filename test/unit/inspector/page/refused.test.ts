import { expect, test } from 'vitest';
import type { MachineRecord } from '../../../../src/inspect/records.js';
import { refusedBy } from '../../../../src/inspector/page/model/refused.js';
import { createTimeline } from '../../../../src/inspector/page/model/timeline.js';
import { actor, header, machine, step } from '../../../support/lamp-records.js';

const { definition } = machine;
const lamp: MachineRecord = {
  ...machine,
  definition: {
    ...definition,
    states: [
      {
        id: 'lamp.off',
        key: 'off',
        type: 'atomic',
        refuses: { dim: 'OUT_OF_ORDER' },
        transitions: [
          { label: 'press', event: 'press', targets: ['lamp.on'], guard: 'hasPower' },
          { label: 'socket.*', event: 'socket.*', targets: ['lamp.on'], guard: 'isPlugged' },
        ],
      },
      ...(definition.states ?? []).slice(1),
    ],
  },
};

const missed = (seq: number, event: string, value = 'off') => ({
  ...step(seq, seq, value, event),
  transitions: [],
});

test('what an actor refused is told with the state, the guards and the code, the latest first', () => {
  const timeline = createTimeline();
  timeline.open('p1', header());
  timeline.add('p1', [
    lamp,
    actor(2),
    missed(3, 'xstate.init'),
    missed(4, 'press'),
    missed(5, 'press'),
    missed(6, 'socket.closed'),
    missed(7, 'dim'),
    missed(7, 'xstate.done.actor.child'),
    step(8, 8, 'on'),
    missed(9, 'unknown', 'on'),
  ]);
  const [view] = timeline.viewsAt(null);
  if (view === undefined) throw new Error('nothing is shown');
  const refused = (seq: number) => refusedBy(view, 'a1', lamp.definition, timeline.entries, seq);
  expect(refused(9)).toEqual([
    { event: 'unknown', state: 'on', guards: [], code: null, times: 1, seq: 9 },
    { event: 'dim', state: 'off', guards: [], code: 'OUT_OF_ORDER', times: 1, seq: 7 },
    { event: 'socket.closed', state: 'off', guards: ['isPlugged'], code: null, times: 1, seq: 6 },
    { event: 'press', state: 'off', guards: ['hasPower'], code: null, times: 2, seq: 5 },
  ]);
  // At an earlier moment nothing later counts.
  expect(refused(4).map(({ event, times }) => [event, times])).toEqual([['press', 1]]);
});
