import { noReports } from '../../machines/reported-counts.js';
import { glyphsFor, plain } from '../../src/cli/report/paint.js';
import type { ReportSettings } from '../../src/cli/report/report.js';
import type { Wait } from '../../src/transfer/waits.js';

/** Settings of a report that writes into strings, and its time. */
export function reportSettings() {
  const written = { out: '', err: '' };
  let time = 0;
  const sink = (name: 'out' | 'err') => ({
    write: (text: string) => {
      written[name] += text;
    },
  });
  const settings: ReportSettings = {
    out: sink('out'),
    err: sink('err'),
    now: () => time,
    verbose: false,
    paint: plain,
    glyphs: glyphsFor({}),
  };
  return { written, settings, wait: (ms: number) => (time += ms) };
}

export const counts = { items: 18, bytes: 70_746_754, dropped: 2, excluded: 1 };

/** Of a transfer to which nothing is to be said. */
export const whole = {
  counts: {},
  differences: [],
  lostToSchemas: [],
  leftOut: [],
  removals: null,
  findings: [],
  notices: [],
  reported: { ...noReports, messages: [] },
};

export const clearing: Wait = {
  end: 'destination',
  request: 'beforeTransfer',
  key: 'destination 1',
  subject: 'the server to clear its content',
};
