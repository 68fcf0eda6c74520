// Our client into nothing, so that what is measured is the server: pulls and counts.
//   <adminUrl> <token> <pulls at once> <times, one after the other>
// The last line on stdout is one JSON object {ok, seconds, maxRSS (KB), counts of one pull, times: [{seconds, stages: {stage: seconds}}]}.
import { createRemoteSource } from '../../dist/index.js';

// Whoever started this is gone: so is this.
process.on('disconnect', () => process.exit(1));

const [url, token, atOnce, times] = process.argv.slice(2);
const now = () => Number(process.hrtime.bigint()) / 1e9;

async function countRows(rows) {
  let count = 0;
  for await (const batch of rows) count += batch.length;
  return count;
}

async function countAssets(assets) {
  let count = 0;
  for await (const { stream } of assets) {
    for await (const chunk of stream()) if (chunk.length === 0) throw new Error('an empty chunk');
    count += 1;
  }
  return count;
}

async function pull() {
  const source = createRemoteSource({ url, token });
  const [counts, stages] = [{}, {}];
  const began = now();
  await source.open();
  await source.metadata();
  await source.schemas();
  for (const stage of ['entities', 'assets', 'links', 'configuration']) {
    const started = now();
    counts[stage] = await (stage === 'assets' ? countAssets(source.assets()) : countRows(source.rows(stage)));
    stages[stage] = now() - started;
  }
  await source.close();
  return { seconds: now() - began, stages, counts };
}

let result;
const started = now();
const measure = () => ({ seconds: now() - started, maxRSS: process.resourceUsage().maxRSS });
try {
  const done = [];
  for (let time = 0; time < Number(times); time += 1) {
    const pulls = await Promise.all(Array.from({ length: Number(atOnce) }, pull));
    done.push(...pulls);
  }
  const [{ counts }] = done;
  if (done.some((each) => JSON.stringify(each.counts) !== JSON.stringify(counts))) {
    throw new Error('one pull counts something else than another');
  }
  result = { ok: true, ...measure(), counts, times: done };
} catch (error) {
  result = { ok: false, error: error.message, ...measure() };
}
process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(result.ok ? 0 : 1));
