// Our client as the harness runs Strapi's: the built package in a process of its own, Node's default flags.
//   pull <adminUrl> <token> <folder> · push <folder> <adminUrl> <token>
// The last line on stdout is one JSON object {ok, seconds, maxRSS (KB), counts?, error?}.
import { createTransfer } from '../../dist/index.js';

// Whoever started this is gone: so is this.
process.on('disconnect', () => process.exit(1));

const commands = {
  pull: (from, fromToken, to) => ({ from, fromToken, to }),
  push: (from, to, toToken) => ({ from, to, toToken }),
};

const [command, ...parameters] = process.argv.slice(2);
const started = process.hrtime.bigint();
const measure = () => ({
  seconds: Number(process.hrtime.bigint() - started) / 1e9,
  maxRSS: process.resourceUsage().maxRSS,
});

let result;
try {
  const { counts } = await createTransfer(commands[command](...parameters)).done;
  const items = Object.entries(counts).map(([stage, count]) => [stage, count.items]);
  result = { ok: true, ...measure(), counts: Object.fromEntries(items) };
} catch (error) {
  result = { ok: false, error: error.message, ...measure() };
}
process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(result.ok ? 0 : 1));
