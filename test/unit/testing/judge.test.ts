import { expect, test } from 'vitest';
import { createJudge } from '../../../src/testing/conformance/judge.js';
import { createScriptedPeer } from '../../../src/testing/scripted-peer.js';
import { strapiScript } from '../../../src/testing/strapi-script.js';
import { settled } from '../../../src/testing/test-clock.js';

const params = { transfer: 'push', options: { strategy: 'restore' } };
const say = (command: string) => JSON.stringify({ type: 'command', command, params, uuid: command });

/** A line on which answers are on their way until they are let in. */
function judged(request: string) {
  const onTheWay: (() => void)[] = [];
  const plan = {
    name: 'one',
    direction: 'push',
    disturbances: [{ request, reactions: ['silence', 'answer'], sendings: 2, fails: false }],
  } as const;
  const judge = createJudge(plan, strapiScript({ direction: 'push' }), (then) => void onTheWay.push(then));
  const { socket } = createScriptedPeer({ isOpen: true, answer: judge.answer });
  return {
    judge,
    async send(frame: string) {
      socket.send(frame);
      await settled();
    },
    arrive() {
      for (const then of onTheWay.splice(0)) then();
    },
  };
}

test.each(['init', 'status'])(
  'a resend that crosses its answer is no mistake, one after it is (%s is answered badly)',
  async (request) => {
    const { judge, send, arrive } = judged(request);
    await send(say('init'));
    if (request === 'init') await send(say('init'));
    await send(say('init'));
    expect(judge.complaints).toEqual([]);
    expect(judge.begun[0]?.sendings).toBe(request === 'init' ? 2 : undefined);
    arrive();
    await send(say('init'));
    expect(judge.complaints).toEqual(['init was sent again after its answer']);
    expect(judge.begun[0]?.sendings).toBe(request === 'init' ? 3 : undefined);
  },
);
