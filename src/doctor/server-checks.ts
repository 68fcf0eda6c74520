import { pipelineDepth } from '../client/remote-destination.js';
import { toTransferError } from '../protocol/errors.js';
import { offerPull, offerPush } from '../protocol/negotiation.js';
import { parseMetadata } from '../protocol/validate.js';
import { queuesItsMessages } from '../protocol/version.js';
import { type Check, ok, unchecked, warning } from './check.js';
import type { Examination } from './examination.js';
import { withConnection } from './test-connection.js';
import { disagreement, grantedScopes } from './token-answers.js';

/** The Strapis that `npm run test:strapi` runs against. */
export const testedVersions: readonly string[] = ['5.54.0', '5.52.3'];

const rounds = 5;

export const serverChecks: readonly Check[] = [
  {
    name: 'session',
    needs: ['upgrade', 'scope'],
    async look(examination) {
      const granted = await grantedScopes(examination);
      const asked = granted.filter(
        (scope) => examination.wanted.length === 0 || examination.wanted.includes(scope),
      );
      for (const scope of asked) {
        await (scope === 'pull' ? beginPull : beginPush)(examination).catch((thrown: unknown) => {
          throw disagreement(examination, scope, toTransferError(thrown));
        });
      }
      const begun = `a ${asked.join(' and a ')} can begin`;
      if (examination.metadata?.isFerry === true) return ok(begun);
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
    async look(examination) {
      const [scope = 'pull'] = await grantedScopes(examination);
      const ms = await withConnection(examination, scope, async ({ status }) => {
        const times: number[] = [];
        for (let round = 0; round < rounds; round += 1) {
          const began = examination.clock.now();
          await status();
          times.push(examination.clock.now() - began);
        }
        return times.sort((a, b) => a - b)[Math.floor(rounds / 2)] ?? 0;
      });
      const depth = depthOf(examination);
      const seconds = (1000 * ms) / depth / 1000;
      const way = depth === 1 ? 'one at a time' : `${depth} at a time`;
      return ok(
        `${ms.toFixed(1)} ms; a push waits ${seconds.toFixed(1)} s for the answers to 1,000 messages, ${way}`,
      );
    },
  },
];

const tested = () => testedVersions.join(' and ');

async function beginPull(examination: Examination): Promise<void> {
  await withConnection(examination, 'pull', async ({ requests }) => {
    const { ferry } = await requests.init(offerPull({ checksums: true }));
    await requests.action('bootstrap');
    const metadata = requests.read(parseMetadata, await requests.action('getMetadata'));
    examination.metadata = { version: metadata?.strapi?.version, isFerry: ferry !== null };
    await requests.leave();
  });
}

/** Without `bootstrap`, which begins a transaction in a Strapi's database, and on SQLite blocks all others. */
async function beginPush(examination: Examination): Promise<void> {
  const restore = {
    assets: false,
    configuration: { coreStore: false, webhook: false },
    entities: { include: [] },
  };
  await withConnection(examination, 'push', async ({ requests }) => {
    await requests.init(offerPush({ checksums: true, restore }));
    await requests.leave();
  });
}

/** Messages in flight; without a known version, as many as an old server takes. */
function depthOf({ metadata }: Examination): number {
  return metadata?.isFerry === true || queuesItsMessages(metadata?.version) ? pipelineDepth : 1;
}
