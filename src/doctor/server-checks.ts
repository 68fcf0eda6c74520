import { pipelineDepth } from '../client/remote-destination.js';
import { toTransferError } from '../protocol/errors.js';
import { offerPull, offerPush } from '../protocol/negotiation.js';
import { parseMetadata } from '../protocol/validate.js';
import { queuesItsMessages } from '../protocol/version.js';
import { type Check, ok, unchecked, warning } from './check.js';
import { withSession } from './session.js';
import { disagreement, grantedScopes } from './token-answers.js';
import type { Visit } from './visit.js';

/** The Strapis that `npm run test:strapi` runs against. */
export const testedVersions: readonly string[] = ['5.54.0', '5.52.3'];

/** Round trips that are measured. */
const rounds = 5;

/** What the server is like once the doctor is connected. Changes nothing there. */
export const serverChecks: readonly Check[] = [
  {
    name: 'session',
    needs: ['upgrade', 'scope'],
    async look(visit) {
      const granted = await grantedScopes(visit);
      const asked = granted.filter((scope) => visit.wanted.length === 0 || visit.wanted.includes(scope));
      for (const scope of asked) {
        await (scope === 'pull' ? beginPull : beginPush)(visit).catch((thrown: unknown) => {
          throw disagreement(visit, scope, toTransferError(thrown));
        });
      }
      const begun = `a ${asked.join(' and a ')} can begin`;
      if (visit.metadata?.isFerry === true) return ok(begun);
      return warning(
        `${begun}. Where this is a Strapi and another transfer to it runs, that one is cut within two minutes (CUT_BY_ANOTHER), since connections of the doctor have closed: then run it again.`,
      );
    },
  },
  {
    name: 'version',
    needs: ['session'],
    async look({ metadata }) {
      if (metadata === undefined) return unchecked('a server tells it only if the token may pull');
      const { version, isFerry } = metadata;
      if (isFerry)
        return ok(`a server of ferry's${version === undefined ? '' : `, with content of Strapi ${version}`}`);
      if (version === undefined) return warning(`the server does not say it; tested are ${tested()}`);
      if (!queuesItsMessages(version)) {
        return warning(
          `Strapi ${version} does not queue what it is sent: a push sends one message at a time, and takes the longer the farther the server is. Strapi queues from 5.53.0 on.`,
        );
      }
      if (testedVersions.includes(version)) return ok(`Strapi ${version}`);
      return warning(`Strapi ${version}; ferry was tested against ${tested()}. Try a pull before a push.`);
    },
  },
  {
    name: 'round trip',
    needs: ['session'],
    async look(visit) {
      const [scope = 'pull'] = await grantedScopes(visit);
      const ms = await withSession(visit, scope, async ({ status }) => {
        const times: number[] = [];
        for (let round = 0; round < rounds; round += 1) {
          const began = visit.clock.now();
          await status();
          times.push(visit.clock.now() - began);
        }
        return times.sort((a, b) => a - b)[Math.floor(rounds / 2)] ?? 0;
      });
      const depth = depthOf(visit);
      const seconds = (1000 * ms) / depth / 1000;
      const way = depth === 1 ? 'one at a time' : `${depth} at a time`;
      return ok(
        `${ms.toFixed(1)} ms; a push waits ${seconds.toFixed(1)} s for the answers to 1,000 messages, ${way}`,
      );
    },
  },
];

const tested = () => testedVersions.join(' and ');

/** Begins a pull, and goes no further. */
async function beginPull(visit: Visit): Promise<void> {
  await withSession(visit, 'pull', async ({ requests }) => {
    const { ferry } = await requests.init(offerPull({ checksums: true }));
    await requests.action('bootstrap');
    const metadata = requests.read(parseMetadata, await requests.action('getMetadata'));
    visit.metadata = { version: metadata?.strapi?.version, isFerry: ferry !== null };
    await requests.leave();
  });
}

/**
 * Begins a push without `bootstrap`, which begins a transaction in the database of a Strapi, and on SQLite blocks all
 * others with it. Before it, a push is only a number that `init` answers and `end` forgets.
 */
async function beginPush(visit: Visit): Promise<void> {
  const restore = {
    assets: false,
    configuration: { coreStore: false, webhook: false },
    entities: { include: [] },
  };
  await withSession(visit, 'push', async ({ requests }) => {
    await requests.init(offerPush({ checksums: true, restore }));
    await requests.leave();
  });
}

/** Messages that a push has in flight; without a known version, the number for an old server. */
function depthOf({ metadata }: Visit): number {
  return metadata?.isFerry === true || queuesItsMessages(metadata?.version) ? pipelineDepth : 1;
}
