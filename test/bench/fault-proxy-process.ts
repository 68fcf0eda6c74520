import { createFaultProxy } from '../../src/testing/fault-proxy.js';

/**
 * A fault proxy in a process of its own, so that a busy test does not slow the link down. Started with `fork`:
 * arguments are the target's port and the delay in milliseconds; it sends `{port}` and ends with its parent.
 */
const [port, delay] = process.argv.slice(2).map(Number);
const proxy = await createFaultProxy({ target: { port: port ?? 0 } });
proxy.delay(delay ?? 0);
process.on(
  'message',
  (message: { cutAfter?: number; blackHoleAfter?: number; direction?: 'up' | 'down' }) => {
    const { cutAfter, blackHoleAfter, direction = 'up' } = message;
    if (cutAfter !== undefined) proxy.cutAfter(cutAfter, direction);
    if (blackHoleAfter !== undefined) proxy.blackHoleAfter(blackHoleAfter, direction);
  },
);
process.once('disconnect', () => void proxy.close());
process.send?.({ port: proxy.port });
