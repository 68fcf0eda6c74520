// Ferry from a folder or an archive into an archive: the built package in a process of its own, Node's default flags.
//   <from> <to> <key>
// The last line on stdout is one JSON object {ok, seconds, maxRSS (KB), counts?, error?}.
import { createTransfer } from '../../dist/index.js';
import { archiveFormatOf, createArchiveDestination, createArchiveSource } from '../../dist/stores.js';

// Whoever started this is gone: so is this.
process.on('disconnect', () => process.exit(1));

const [from, to, key] = process.argv.slice(2);
const optionsOf = (path) => (/\.(enc|age)$/.test(path) ? { path, key } : { path });

const started = process.hrtime.bigint();
const measure = () => ({
  seconds: Number(process.hrtime.bigint() - started) / 1e9,
  maxRSS: process.resourceUsage().maxRSS,
});

let result;
try {
  const { counts } = await createTransfer({
    from: archiveFormatOf(from) === undefined ? from : createArchiveSource(optionsOf(from)),
    to: createArchiveDestination({ ...optionsOf(to), force: true }),
  }).done;
  const items = Object.entries(counts).map(([stage, count]) => [stage, count.items]);
  result = { ok: true, ...measure(), counts: Object.fromEntries(items) };
} catch (error) {
  result = { ok: false, error: error.message, ...measure() };
}
process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(result.ok ? 0 : 1));
