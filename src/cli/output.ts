interface Faulty {
  write(text: string): unknown;
  on(event: 'error', listener: (error: NodeJS.ErrnoException) => void): unknown;
}

/**
 * A command goes on when its output is closed (`| head -1`, a terminal that is gone) or its disk is full, and ends with
 * the exit code of its work. A fault of stdout is reported once, on stderr; a reader that has read enough is no fault.
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
  // A fault of stderr can be reported nowhere.
  stderr.on('error', () => {});
}
