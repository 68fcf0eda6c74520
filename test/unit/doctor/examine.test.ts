import { readFileSync } from 'node:fs';
import { describe, expect, it, test } from 'vitest';
import type { CheckResult } from '../../../src/doctor/check.js';
import { type ExamineOptions, examine } from '../../../src/doctor/examine.js';
import type { Network } from '../../../src/doctor/network.js';
import { testedVersions } from '../../../src/doctor/server-checks.js';
import { TransferError } from '../../../src/protocol/errors.js';
import { createScriptedPeer, type ScriptedPeer } from '../../../src/testing/scripted-peer.js';
import { kindOf, strapiScript } from '../../../src/testing/strapi-script.js';
import type { HttpAnswer } from '../../../src/transport/http-answer.js';
import { settled, TestClock } from '../../support/test-clock.js';

const never = () => new Promise<never>(() => {});
const noon = Date.UTC(2026, 0, 2, 12);
const unauthorized: HttpAnswer = {
  status: 401,
  headers: { date: new Date(noon).toUTCString() },
  body: '{"data":null,"error":{"status":401,"message":"Missing or invalid credentials"}}',
};

/** A network where all is well. */
const network: Network = {
  lookup: async () => ['192.0.2.7'],
  connect: async () => '192.0.2.7',
  handshake: async () => ({ isTrusted: true, validTo: 'Jan  1 00:00:00 2027 GMT' }),
  request: async () => unauthorized,
};

interface Setting extends Partial<ExamineOptions> {
  readonly version?: string;
  /** What the handshake of that direction is refused with. */
  readonly refuses?: { readonly pull?: string; readonly push?: string };
}

/** A Strapi at the transport port, and what was done with it. */
function prepare({ version, refuses = {}, ...more }: Setting = {}) {
  const clock = new TestClock();
  const peers: ScriptedPeer[] = [];
  const told: CheckResult[] = [];
  const options: ExamineOptions = {
    url: 'https://cms.example.com/admin/',
    token: 'token',
    clock,
    now: () => noon,
    network,
    onCheck: (result) => told.push(result),
    open: (direction) => {
      const script = strapiScript({ direction, ...(version === undefined ? {} : { version }) });
      const code = refuses[direction];
      const peer = createScriptedPeer({ clock, answer: script.answer, accepts: code === undefined });
      peers.push(peer);
      return (refused) => {
        const socket = peer.open(refused);
        if (code !== undefined) queueMicrotask(() => peer.refuse({ code: code as 'NOT_FOUND', details: {} }));
        return socket;
      };
    },
    ...more,
  };
  return { options, clock, peers, told };
}

test.each([
  ['http://cms.example.com/admin', 'warning'],
  ['http://127.0.0.1.example.com/admin', 'warning'],
  ['http://127.0.0.1/admin', 'ok'],
  ['http://localhost/admin', 'ok'],
  ['http://[::1]/admin', 'ok'],
])('a token over http to %s is: %s', async (url, status) => {
  const { options, told } = prepare({ url });
  await examine(options);
  expect(told.find(({ check }) => check === 'tls')).toMatchObject({ status });
});

const line = (checks: readonly CheckResult[], name: string) => checks.find(({ check }) => check === name);
const statuses = (checks: readonly CheckResult[]) =>
  Object.fromEntries(checks.map(({ check, status, error }) => [check, error?.code ?? status]));

const nothingOk = [
  'tls',
  'route',
  'clock',
  'salt',
  'token',
  'upgrade',
  'scope',
  'session',
  'version',
  'round trip',
];
const unchecked = (...names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, 'unchecked']));

describe('a server where all is well', () => {
  it('is ok in every check, told in their order as they come', async () => {
    const { options, told } = prepare();
    const { checks, error } = await examine(options);
    expect(error).toBeNull();
    const { session, ...others } = statuses(checks);
    expect(Object.values(others)).toEqual(Array(12).fill('ok'));
    expect(session).toBe('warning');
    expect(told).toEqual(checks);
  });

  it('is asked nothing that changes it, and left with nothing running', async () => {
    const { options, peers, clock } = prepare();
    await examine(options);
    const asked = peers.map(({ sent }) => sent.map(kindOf));
    expect(asked).toEqual([
      [],
      [],
      ['init', 'bootstrap', 'getMetadata', 'end'],
      ['init', 'end'],
      Array(5).fill('status'),
    ]);
    expect(peers.map(({ socket }) => socket.readyState)).toEqual([3, 3, 3, 3, 3]);
    expect(clock.pending).toEqual([]);
  });

  it('is known by the median of its round trips, and what that means for a push', async () => {
    const { options, clock, peers } = prepare();
    const examined = examine({
      ...options,
      open: (direction) => {
        const open = options.open?.(direction);
        peers.at(-1)?.delay(80);
        return open as NonNullable<typeof open>;
      },
    });
    await clock.pass(3000, 10);
    const { checks } = await examined;
    expect(line(checks, 'round trip')?.message).toBe(
      '80.0 ms; a push waits 10.0 s for the answers to 1,000 messages, 8 at a time',
    );
  });
});

describe('the version', () => {
  it.each([
    ['5.54.0', 'ok', 'Strapi 5.54.0', '8 at a time'],
    ['5.52.3', 'warning', 'does not queue', 'one at a time'],
    ['5.60.1', 'warning', 'tested against 5.54.0 and 5.52.3', '8 at a time'],
    ['6.0.0', 'warning', 'tested against 5.54.0 and 5.52.3', '8 at a time'],
  ])('%s is %s', async (version, status, message, depth) => {
    const { checks, error } = await examine(prepare({ version }).options);
    expect(line(checks, 'version')).toMatchObject({ status, message: expect.stringContaining(message) });
    expect(line(checks, 'round trip')?.message).toContain(depth);
    expect(error).toBeNull();
  });

  it('is that of the Strapis that the tests run against', () => {
    const pinned = ['', 'older/'].map((folder) => {
      const file = new URL(`../../strapi/${folder}package.json`, import.meta.url);
      return JSON.parse(readFileSync(file, 'utf8')).dependencies['@strapi/strapi'];
    });
    expect(testedVersions).toEqual(pinned);
  });
});

describe('what the server answers', () => {
  const answering = (answer: Partial<HttpAnswer>): Network => ({
    ...network,
    request: async () => ({ ...unauthorized, ...answer }),
  });
  const fails = async (setting: Setting) => {
    const { checks, error } = await examine(prepare(setting).options);
    return { ...statuses(checks), error } as Record<string, unknown> & { error: TransferError | null };
  };

  it.each([
    [404, {}, 'NOT_FOUND'],
    [302, { location: 'https://www.example.com/' }, 'REDIRECTED'],
    [200, {}, 'UPGRADE_NOT_FORWARDED'],
    [400, {}, 'UPGRADE_NOT_FORWARDED'],
    [426, {}, 'UPGRADE_NOT_FORWARDED'],
    [502, {}, 'GATEWAY_ERROR'],
    [403, {}, 'BLOCKED'],
    [407, {}, 'PASSWORD_REQUIRED'],
    [429, {}, 'TOO_MANY_ATTEMPTS'],
    [521, {}, 'GATEWAY_ERROR'],
    [101, {}, 'INVALID_MESSAGE'],
    [401, { 'www-authenticate': 'Basic realm="staging"' }, 'PASSWORD_REQUIRED'],
  ])(
    '%d %j without a token fails the route with %s, and nothing beyond it is checked',
    async (status, headers, code) => {
      expect(await fails({ network: answering({ status, headers }) })).toMatchObject({
        tls: 'ok',
        ...unchecked(...nothingOk.slice(2)),
        route: code,
        error: { code },
      });
    },
  );

  const noRoute = { pull: 'NOT_FOUND', push: 'NOT_FOUND' };

  it('404 to a token that it knows is transfer that is disabled', async () => {
    expect(await fails({ refuses: noRoute })).toMatchObject({
      token: 'ok',
      upgrade: 'TRANSFER_DISABLED',
      scope: 'unchecked',
      session: 'unchecked',
    });
  });

  it.each([{ via: '1.1 edge' }, { server: 'nginx/1.22.1' }])(
    '404 to a token that it knows, through a proxy (%j), may be the proxy: both are told',
    async (headers) => {
      const { error, ...lines } = await fails({
        refuses: noRoute,
        network: answering({ headers }),
      });
      expect(lines).toMatchObject({ token: 'ok', upgrade: 'UPGRADE_NOT_FORWARDED' });
      expect(error?.message).toContain('proxy_set_header Upgrade $http_upgrade');
      expect(error?.message).toContain('server.transfer.remote.enabled');
    },
  );

  /** A Strapi whose panel answers so at a page that asks its database. */
  const atInit = (status: number, body: string): Network => ({
    ...network,
    request: async ({ pathname }) =>
      pathname.endsWith('/init') ? { status, headers: {}, body } : unauthorized,
  });

  it('a failure at the token is one of its salt where its database answers', async () => {
    const answers = atInit(200, '{"data":{"uuid":false,"hasAdmin":true}}');
    const { error, ...lines } = await fails({ refuses: { pull: 'SERVER_FAILED' }, network: answers });
    expect(lines).toMatchObject({ salt: 'SERVER_FAILED', token: 'unchecked', upgrade: 'unchecked' });
    expect(error?.message).toContain('the salt is what it lacks');
  });

  it.each([
    [500, '{"data":null,"error":{"status":500,"message":"Internal Server Error"}}'],
    [404, ''],
    [200, '<html>'],
    [200, '{"data":null}'],
  ])('a failure at the token is not said to be its salt where /init answers %d %s', async (status, body) => {
    const { error, ...lines } = await fails({
      refuses: { pull: 'SERVER_FAILED' },
      network: atInit(status, body),
    });
    expect(lines).toMatchObject({ salt: 'unchecked', token: 'unchecked', upgrade: 'SERVER_FAILED' });
    expect(error?.message).not.toContain('the salt is what it lacks');
  });

  it.each(['UNAUTHORIZED', 'TOKEN_EXPIRED'])('a token that is %s is told as that', async (code) => {
    expect(await fails({ refuses: { pull: code, push: code } })).toMatchObject({
      salt: 'ok',
      token: code,
      upgrade: 'unchecked',
    });
  });

  const sayNothing = [
    ...['CONNECT_TIMEOUT', 'CONNECT_FAILED', 'CONNECTION_CLOSED', 'GATEWAY_ERROR', 'TOO_MANY_ATTEMPTS'],
    ...[
      'BLOCKED',
      'PASSWORD_REQUIRED',
      'REDIRECTED',
      'UPGRADE_NOT_FORWARDED',
      'UPGRADE_REFUSED',
      'TLS_FAILED',
    ],
    'SERVER_FAILED',
  ];
  it.each(sayNothing)(
    '%s to a token says nothing of it: the token is not known, and the upgrade failed',
    async (code) => {
      expect(await fails({ refuses: { pull: code } })).toMatchObject({
        salt: 'unchecked',
        token: 'unchecked',
        upgrade: code,
        scope: 'unchecked',
        session: 'unchecked',
        error: { code },
      });
    },
  );

  it.each(sayNothing)(
    '%s to a push after a pull that was let in: whether it may push is not known',
    async (code) => {
      const { checks, error } = await examine(prepare({ refuses: { push: code }, wanted: ['pull'] }).options);
      expect(line(checks, 'token')?.status).toBe('ok');
      expect(line(checks, 'scope')).toMatchObject({
        status: 'warning',
        message: expect.stringContaining('may pull; whether it may push is not known'),
      });
      expect(error).toBeNull();
      const wanted = await fails({ refuses: { push: code }, wanted: ['push'] });
      expect(wanted).toMatchObject({ token: 'ok', scope: code, error: { code } });
    },
  );

  it.each([
    [{ push: 'UNAUTHORIZED' }, 'a pull was let in, a push was answered UNAUTHORIZED'],
    [{ pull: 'UNAUTHORIZED' }, 'a pull was answered UNAUTHORIZED, a push was let in'],
    [{ pull: 'NOT_FOUND' }, 'a pull was answered NOT_FOUND, a push was let in'],
    [{ push: 'NOT_FOUND' }, 'a pull was let in, a push was answered NOT_FOUND'],
    [{ pull: 'FORBIDDEN', push: 'UNAUTHORIZED' }, 'FORBIDDEN, a push was answered UNAUTHORIZED'],
    [{ pull: 'UNAUTHORIZED', push: 'TOKEN_EXPIRED' }, 'UNAUTHORIZED, a push was answered TOKEN_EXPIRED'],
    [{ pull: 'UNAUTHORIZED', push: 'NOT_FOUND' }, 'UNAUTHORIZED, a push was answered NOT_FOUND'],
  ])('%j comes from several servers, which disagree', async (refuses, answers) => {
    const { error, ...lines } = await fails({ refuses });
    expect(lines).toMatchObject({ token: 'SERVERS_DISAGREE', upgrade: 'unchecked' });
    expect(error?.message).toContain(answers);
  });

  it.each(['UNAUTHORIZED', 'NOT_FOUND', 'TOKEN_EXPIRED'])(
    '%s once a token was let in comes from several servers, too',
    async (code) => {
      const { options, clock } = prepare();
      let visits = 0;
      const { checks, error } = await examine({
        ...options,
        open: (direction) => {
          visits += 1;
          if (visits < 3)
            return options.open?.(direction) as NonNullable<ReturnType<NonNullable<typeof options.open>>>;
          const peer = createScriptedPeer({ clock, accepts: false });
          return (refused) => {
            queueMicrotask(() => peer.refuse({ code: code as 'NOT_FOUND', details: {} }));
            return peer.open(refused);
          };
        },
      });
      expect(statuses(checks)).toMatchObject({ upgrade: 'ok', session: 'SERVERS_DISAGREE' });
      expect(error?.message).toContain(`a pull was let in, and then was answered ${code}`);
    },
  );

  it('401 in the words of something else does not show that a Strapi is there', async () => {
    const { checks } = await examine(
      prepare({ network: answering({ body: '<html>', headers: { server: 'gate/1' } }) }).options,
    );
    expect(line(checks, 'route')).toMatchObject({
      status: 'warning',
      message: expect.stringContaining('gate/1'),
    });
  });

  it.each([
    ['/dashboard', '/admin'],
    ['/cms/dashboard', '/cms/admin'],
    ['/cms', '/cms/admin'],
    ['/admin/auth/login', '/admin'],
    ['/cms/admin/settings/transfer-tokens', '/cms/admin'],
  ])('404 at %s looks for the routes where a Strapi has them, and names %s', async (path, found) => {
    const asked: string[] = [];
    const { options } = prepare({
      url: `https://cms.example.com${path}`,
      network: {
        ...network,
        request: async ({ pathname }, headers) => {
          asked.push(...Object.keys(headers).filter((name) => name === 'Authorization'));
          const isThere = pathname === `${found}/transfer/runner/pull`;
          return isThere ? unauthorized : { status: 404, headers: {}, body: '' };
        },
      },
    });
    const { error } = await examine(options);
    expect(error).toMatchObject({
      code: 'NOT_FOUND',
      message: expect.stringContaining(`https://cms.example.com${found} has one: give that address.`),
    });
    expect(asked).toEqual([]);
  });

  it.each([
    [{ push: 'FORBIDDEN' }, [], 'ok', 'may pull, and not push', null],
    [{ pull: 'FORBIDDEN' }, [], 'ok', 'may push, and not pull', null],
    [{ pull: 'FORBIDDEN' }, ['push'], 'ok', 'may push, and not pull', null],
    [{ pull: 'FORBIDDEN' }, ['pull'], 'failed', 'no pull permission', 'FORBIDDEN'],
    [{ push: 'FORBIDDEN' }, ['pull', 'push'], 'failed', 'no push permission', 'FORBIDDEN'],
    [{ pull: 'FORBIDDEN', push: 'FORBIDDEN' }, [], 'failed', 'no pull or push permission', 'FORBIDDEN'],
  ] as const)(
    'a token without %j, wanted for %j, is %s: %s',
    async (refuses, wanted, status, message, code) => {
      const { checks, error } = await examine(prepare({ refuses, wanted }).options);
      expect(line(checks, 'scope')).toMatchObject({ status, message: expect.stringContaining(message) });
      expect(error?.code ?? null).toBe(code);
    },
  );

  it('tells no version to who may only push, and is asked for nothing but init and end', async () => {
    const { options, peers } = prepare({ refuses: { pull: 'FORBIDDEN' } });
    const { checks } = await examine(options);
    expect(line(checks, 'version')?.status).toBe('unchecked');
    expect(line(checks, 'round trip')?.message).toContain('one at a time');
    expect(peers.flatMap(({ sent }) => sent.map(kindOf))).toEqual([
      'init',
      'end',
      ...Array(5).fill('status'),
    ]);
  });

  it.each([
    [70_000, 'warning', '70 s ahead of'],
    [-3_600_000, 'warning', '3600 s behind'],
    [59_000, 'ok', 'the same time'],
  ])('a clock that goes %d ms ahead is %s', async (ahead, status, message) => {
    const { checks } = await examine(prepare({ now: () => noon + ahead }).options);
    expect(line(checks, 'clock')).toMatchObject({ status, message: expect.stringContaining(message) });
  });
});

it('has no clock to look at where the server does not say its time', async () => {
  const silent = { ...network, request: async () => ({ ...unauthorized, headers: {} }) };
  const { checks, error } = await examine(prepare({ network: silent }).options);
  expect(line(checks, 'clock')).toMatchObject({ status: 'unchecked' });
  expect(error).toBeNull();
});

describe('a token', () => {
  it('that is missing leaves what does not need it', async () => {
    const { options } = prepare();
    const { token: _, ...without } = options;
    const { checks, error } = await examine(without);
    expect(statuses(checks)).toMatchObject({
      route: 'ok',
      clock: 'ok',
      salt: 'unchecked',
      token: 'MISSING_TOKEN',
    });
    expect(error?.row.exit).toBe(2);
  });

  it('that can be none is not sent, and not told', async () => {
    const { options, peers } = prepare({ token: 'secret token' });
    const { error } = await examine(options);
    expect(error).toMatchObject({ code: 'INVALID_OPTION', message: expect.not.stringContaining('secret') });
    expect(peers).toEqual([]);
  });
});

describe('what does not answer', () => {
  it.each(['lookup', 'connect', 'handshake', 'request'] as const)(
    '%s: is given up after the time limit, which passes on the clock',
    async (method) => {
      const signals: AbortSignal[] = [];
      const hangs = (...given: readonly unknown[]) => {
        signals.push(...given.filter((one): one is AbortSignal => one instanceof AbortSignal));
        return never();
      };
      const { options, clock, told } = prepare({ network: { ...network, [method]: hangs }, timeLimit: 4000 });
      const examined = examine(options);
      await clock.pass(3900);
      expect(told.map(({ status }) => status)).not.toContain('failed');
      await clock.pass(100);
      expect((await examined).error).toMatchObject({ code: 'CONNECT_TIMEOUT', details: { ms: 4000 } });
      expect(signals.every(({ aborted }) => aborted)).toBe(true);
      expect(clock.pending).toEqual([]);
    },
  );

  it('a server that opens the WebSocket and says nothing fails the session', async () => {
    const { options, clock, peers } = prepare({ timeLimit: 4000 });
    const silent: ExamineOptions = {
      ...options,
      open: () => {
        const peer = createScriptedPeer({ clock });
        peers.push(peer);
        return peer.open;
      },
    };
    const examined = examine(silent);
    await clock.pass(10_000);
    expect(statuses((await examined).checks)).toMatchObject({
      upgrade: 'ok',
      session: 'REQUEST_TIMED_OUT',
      version: 'unchecked',
      'round trip': 'unchecked',
    });
    expect(clock.pending).toEqual([]);
  });
});

test.each(['https', 'http'])(
  'over %s, is ended at any moment, and leaves nothing running',
  async (scheme) => {
    for (const method of ['lookup', 'connect', 'handshake', 'request', 'open'] as const) {
      if (scheme === 'http' && method === 'handshake') continue;
      const stop = new AbortController();
      const { options, clock, peers } = prepare({
        url: `${scheme}://cms.example.com/admin`,
        signal: stop.signal,
        network: method === 'open' ? network : { ...network, [method]: never },
      });
      const examined = examine({
        ...options,
        ...(method === 'open'
          ? {
              open: () => {
                const peer = createScriptedPeer({ clock, accepts: false });
                peers.push(peer);
                return peer.open;
              },
            }
          : {}),
      });
      await settled();
      stop.abort(new TransferError('ABORTED', { by: 'a test' }));
      await expect(examined).rejects.toMatchObject({ code: 'ABORTED' });
      await clock.pass(2000);
      expect(clock.pending).toEqual([]);
      expect(peers.map(({ socket }) => socket.readyState).filter((state) => state !== 3)).toEqual([]);
    }
  },
);

test('an URL or a time limit that cannot be used is refused before anything is asked', async () => {
  const { options, told } = prepare();
  await expect(examine({ ...options, url: 'https://cms.example.com' })).rejects.toMatchObject({
    code: 'INVALID_URL',
  });
  await expect(examine({ ...options, timeLimit: 2 ** 31 })).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  expect(told).toEqual([]);
});
