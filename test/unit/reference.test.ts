import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { errorTable } from '../../src/protocol/errors.js';

const pages = readdirSync('docs/api').map((name) => ({
  name,
  text: readFileSync(`docs/api/${name}`, 'utf8'),
}));
const whole = pages.map(({ text }) => text).join('\n');

describe('the reference', () => {
  test('lists the error codes once', () => {
    const codesIn = (line: string) => Object.keys(errorTable).filter((code) => line.includes(`"${code}"`));
    // A type of a few codes, such as why an upgrade is refused, names those.
    const lists = whole.split('\n').filter((line) => codesIn(line).length > 20);
    expect(lists.map(codesIn)).toEqual([Object.keys(errorTable)]);
    expect(lists[0]).toMatch(/\*\*ErrorCode\*\* = /);
  });

  test.each(pages)('$name says nothing of what Node adds to an Error', ({ text }) => {
    expect(text).not.toMatch(
      /captureStackTrace|prepareStackTrace|stackTraceLimit|`Error\.(?:cause|message|stack)`/,
    );
  });

  test('shows the types that a chart is made of', () => {
    const machines = readFileSync('docs/api/machines.md', 'utf8');
    for (const [machine, context] of [
      ['connectionMachine', 'ConnectionContext'],
      ['dispatcherMachine', 'DispatcherContext'],
      ['goodbyeMachine', 'GoodbyeContext'],
      ['lifecycleMachine', 'LifecycleContext'],
      ['remoteMachine', 'RemoteContext'],
      ['sessionMachine', 'SessionContext'],
      ['stageMachine', 'StageContext'],
      ['transferMachine', 'TransferContext'],
    ])
      expect(machines).toMatch(new RegExp(`\\*\\*${machine}\\*\\*: .*StateMachine.*\\[\`${context}\`\\]`));
  });

  test('calls a type by the name that the source has for it', () => {
    const transfer = readFileSync('docs/api/index.md', 'utf8');
    expect(transfer).toContain('**code**: [`ErrorCode`]');
    expect(transfer).toMatch(/\*\*TransferActor\*\* = .*ActorRefFrom.*\\<.*transferMachine/);
  });
});
