// The client of a transfer: the built package in a process of its own. It says that it is ready, is told what to move
// where, and says how that ended: `completed`, or a code of the error table; and how long it came to nothing meanwhile.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createMemoryStore, createTransfer } from '../../../dist/index.js';

// Whoever started this is gone: so is this.
process.once('disconnect', () => process.exit(1));

const { direction, folder, content, url, token, options } = await new Promise((resolve) => {
  process.once('message', resolve);
  process.send('ready');
});
const stalls = monitorEventLoopDelay();
stalls.enable();
const from = content === null ? folder : createMemoryStore(content).source();
const ends =
  direction === 'push' ? { from, to: url, toToken: token } : { from: url, fromToken: token, to: folder };
const outcome = await createTransfer({ ...ends, force: true, ...options }).done.then(
  () => 'completed',
  (error) => error.code ?? error.stack,
);
// What else is left is what keeps the process alive.
process.send({ outcome, stalled: stalls.max / 1e6 }, () => process.channel.unref());
