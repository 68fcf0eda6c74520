import { expect, test } from 'vitest';
import * as charts from '../../../machines/index.js';

// Recordings, inspectors and drawings know a chart by its name.
test.each([
  ['connection', charts.connectionMachine],
  ['dispatcher', charts.dispatcherMachine],
  ['lifecycle', charts.lifecycleMachine],
  ['remote', charts.remoteMachine],
  ['session', charts.sessionMachine],
  ['stage', charts.stageMachine],
  ['transfer', charts.transferMachine],
])('the chart of the name %s keeps it', (name, { id }) => {
  expect(id).toBe(name);
});
