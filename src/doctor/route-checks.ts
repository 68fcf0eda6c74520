import { TransferError, transferErrorOf } from '../protocol/errors.js';
import { parseJson } from '../protocol/json.js';
import { isObject } from '../protocol/plain-object.js';
import type { HttpAnswer } from '../transport/http-answer.js';
import { meaningOfAnswer, nameOf, strapiErrorOf } from '../transport/upgrade-answer.js';
import { type Check, ok, unchecked, warning } from './check.js';
import { askOf, type Examination } from './examination.js';

/** Certificates and tokens expire to the second, but few clocks are that exact. */
const clockTolerance = 60_000;

export const routeChecks: readonly Check[] = [
  {
    name: 'route',
    needs: ['tls'],
    async look(examination) {
      const { url } = examination;
      const answer = await examination.requestUpgrade();
      if (answer.status === 101) {
        const reason = 'it lets in a client that has no token';
        throw new TransferError('INVALID_MESSAGE', { url, reason });
      }
      const { code, details } = meaningOfAnswer(answer, { url, scope: 'pull' });
      // Every server of transfers refuses a request without a token.
      if (code === 'UNAUTHORIZED') {
        if (hasRoute(answer)) return ok('the server has the routes of transfers');
        return warning(
          `it answers 401 as a Strapi does, but not in the words of one: ${nameOf(answer)} may stand before it`,
        );
      }
      if (code === 'NOT_FOUND')
        throw transferErrorOf(code, { ...details, also: await foundElsewhere(examination) });
      // 403 concerns a token's permissions, but the request had no token.
      throw transferErrorOf(code === 'FORBIDDEN' ? 'UPGRADE_REFUSED' : code, details);
    },
  },
  {
    name: 'clock',
    needs: ['route'],
    async look(examination) {
      const date =
        (await examination.requestUpgrade()).headers['date'] ??
        (await askFor(examination, ''))?.headers['date'];
      const theirs = Date.parse(String(date ?? ''));
      if (Number.isNaN(theirs)) return unchecked('the server does not say its time');
      const ahead = examination.now() - theirs;
      // A Date header has no fractions of seconds, and the answer took a while to arrive.
      if (Math.abs(ahead) < clockTolerance) return ok('this machine and the server have the same time');
      const way = ahead > 0 ? 'ahead of' : 'behind';
      return warning(
        `this machine is ${Math.round(Math.abs(ahead) / 1000)} s ${way} the server. A token expires by the server's clock, a certificate by this one: set the one that is wrong.`,
      );
    },
  },
];

const hasRoute = (answer: HttpAnswer) => answer.status === 401 && strapiErrorOf(answer) !== null;

/** Users give the address of their panel, which `admin.url` can put anywhere; the routes stay below /admin. */
async function foundElsewhere(examination: Examination): Promise<string> {
  for (const pathname of otherPaths(examination.adminUrl.pathname)) {
    const other = new URL(examination.adminUrl);
    other.pathname = pathname;
    const answer = await examination.requestUpgrade(other).catch(() => null);
    if (answer !== null && hasRoute(answer)) return `${other.href} has one: give that address.`;
  }
  return '';
}

/** `/cms/dashboard`: `/cms/dashboard/admin`, `/cms/admin`, `/admin` */
function otherPaths(path: string): readonly string[] {
  const parts = path.split('/').filter((part) => part !== '');
  const bases = parts.map((_, at) => parts.slice(0, parts.length - at)).concat([[]]);
  const paths = bases.map((base) => `/${[...base, 'admin'].join('/')}`);
  // The address of a page of the panel, such as /cms/admin/auth/login.
  const at = parts.lastIndexOf('admin');
  const above = at < 0 ? [] : [`/${parts.slice(0, at + 1).join('/')}`];
  return [...new Set([...above, ...paths])].filter((one) => one !== path).slice(0, 5);
}

async function askFor(examination: Examination, below: string): Promise<HttpAnswer | null> {
  const { adminUrl, network } = examination;
  const url = new URL(adminUrl);
  url.pathname = `${url.pathname.replace(/\/$/, '')}${below}`;
  return askOf(examination, (signal) => network.request(url, {}, signal)).catch(() => null);
}

/** Whether the database of a Strapi answers, as far as a public page of the panel shows it. */
export async function databaseAnswers(examination: Examination): Promise<boolean> {
  const answer = await askFor(examination, '/init');
  if (answer?.status !== 200) return false;
  try {
    const body = parseJson(answer.body, { values: 1000, depth: 10 });
    return isObject(body) && isObject(body['data']) && 'hasAdmin' in body['data'];
  } catch {
    return false;
  }
}
