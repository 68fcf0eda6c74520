import { Writable } from 'node:stream';
import { expect, it } from 'vitest';
import { outliveOutput } from '../../../src/cli/output.js';

/** A stream of a process: as those it is not destroyed by what it cannot write. */
function stream(code: string | null) {
  const said: string[] = [];
  const made = new Writable({
    autoDestroy: false,
    write(text, _, done) {
      if (code === null) said.push(String(text));
      done(code === null ? null : Object.assign(new Error('write'), { code }));
    },
  });
  return { said, made };
}

const faults = ['EPIPE', 'ENOSPC', 'EIO', 'EDQUOT', 'ERR_STREAM_DESTROYED', 'EAGAIN', 'EBADF'];

it.each(faults)('goes on where stdout or stderr fails with %s', async (code) => {
  for (const [out, err] of [[code, null] as const, [null, code] as const, [code, code] as const]) {
    const [stdout, stderr] = [stream(out), stream(err)];
    outliveOutput({ stdout: stdout.made, stderr: stderr.made });
    // An error that nothing listens to would end the test.
    for (let line = 0; line < 3; line += 1) stdout.made.write('a line\n');
    stderr.made.write('a note\n');
    await new Promise(setImmediate);
    const isTold = out !== null && err === null && out !== 'EPIPE';
    expect(stderr.said.filter((text) => text.includes(`stdout cannot be written (${code})`))).toHaveLength(
      isTold ? 1 : 0,
    );
  }
});
