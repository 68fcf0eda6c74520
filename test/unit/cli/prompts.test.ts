import { expect, test } from 'vitest';
import { askingAside, type Prompts } from '../../../src/cli/prompts.js';

const told: string[] = [];
const report = { pause: () => told.push('pause'), resume: () => told.push('resume') };
const answers: Prompts = {
  confirm: async () => told.push('confirm') > 0,
  choose: async (_, [{ value }]) => {
    told.push('choose');
    return value;
  },
  secret: () => {
    told.push('secret');
    return Promise.reject(new Error('Ctrl-C'));
  },
};

test.each<[keyof Prompts, (ask: Prompts) => Promise<unknown>]>([
  ['confirm', (ask) => ask.confirm('Sure?')],
  ['choose', (ask) => ask.choose('Which?', [{ value: 'n', label: 'No' }])],
  ['secret', (ask) => ask.secret('Token?')],
])('the report rests while %s is asked, and goes on however it ends', async (question, ask) => {
  told.length = 0;
  await ask(askingAside(answers, () => report)).catch(() => {});
  expect(told).toEqual(['pause', question, 'resume']);
});
