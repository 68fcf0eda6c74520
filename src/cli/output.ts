/** A stream of the process, as far as its faults are heard. */
interface Faulty {
  write(text: string): unknown;
  on(event: 'error', listener: (error: NodeJS.ErrnoException) => void): unknown;
}

/**
 * Output is not what a command works at: where it is closed (`| head -1`, a terminal that is gone) or its disk is full,
 * the work goes on, and ends with its own exit code. What stdout cannot take is said once, on stderr; a reader that has
 * read enough is no fault.
 */
export function outliveOutput({
  stdout,
  stderr,
}: {
  readonly stdout: Faulty;
  readonly stderr: Faulty;
}): void {
  let isTold = false;
  stdout.on('error', ({ code, message }) => {
    if (isTold || code === 'EPIPE') return;
    isTold = true;
    stderr.write(`stdout cannot be written (${code ?? message}); the command goes on without it\n`);
  });
  // There is no third place to tell it.
  stderr.on('error', () => {});
}
