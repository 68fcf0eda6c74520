import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createAddressOf, type TrustedProxies } from '../../../src/server/client-address.js';

type Headers = Readonly<Record<string, string | readonly string[]>>;

/** A request as Node has parsed it. */
function requestOf(peer: string | undefined, headers: Headers): IncomingMessage {
  const socket = new Socket();
  Object.defineProperty(socket, 'remoteAddress', { value: peer });
  const request = new IncomingMessage(socket);
  const distinct = Object.entries(headers).map(([name, value]) => [name, [value].flat()]);
  return Object.defineProperty(request, 'headersDistinct', { value: Object.fromEntries(distinct) });
}

/** `peer` null: a socket that is gone has no address. */
const addressOf = (options: TrustedProxies, headers: Headers, peer: string | null = '10.0.0.1') =>
  createAddressOf(options)(requestOf(peer ?? undefined, headers));

/** Each with a name that can be read. */
const named = (texts: readonly string[]) => texts.map((text) => [text.slice(0, 50), text] as const);

const proxies = { trustedProxies: ['10.0.0.0/8', 'fd00::/8', '192.168.1.1'] };
const listed = (header: string | readonly string[], peer?: string) =>
  addressOf(proxies, { 'x-forwarded-for': header }, peer);
const forwarded = (header: string | readonly string[]) =>
  addressOf({ ...proxies, forwardedHeader: 'forwarded' }, { forwarded: header });

describe('the address of a client', () => {
  it('is the socket’s peer where no proxy is trusted, whatever its headers say', () => {
    const headers = { 'x-forwarded-for': '203.0.113.9', forwarded: 'for=203.0.113.9' };
    expect(addressOf({}, headers)).toBe('10.0.0.1');
    expect(addressOf({}, headers, '::ffff:198.51.100.7')).toBe('198.51.100.7');
    expect(addressOf({}, headers, null)).toBe('');
  });

  it.each([
    ['one proxy', '203.0.113.9', '203.0.113.9'],
    ['two proxies', '203.0.113.9, 10.0.0.2', '203.0.113.9'],
    ['two proxies, each with a header of its own', ['203.0.113.9', '10.0.0.2'], '203.0.113.9'],
    ['a client that claims another address', '1.1.1.1, 203.0.113.9, 10.0.0.2', '203.0.113.9'],
    ['a client that claims to be a proxy', '1.1.1.1, 10.0.0.9, 203.0.113.9', '203.0.113.9'],
    ['a client among the proxies', '10.0.0.7, 10.0.0.2', '10.0.0.7'],
    ['a port', '203.0.113.9:4711', '203.0.113.9'],
    ['IPv6', '2001:DB8:0::1', '2001:db8::1'],
    ['IPv6 in brackets, with a port', '[2001:db8::1]:4711', '2001:db8::1'],
    ['IPv4 mapped into IPv6', '::ffff:203.0.113.9', '203.0.113.9'],
    ['IPv4 mapped into IPv6, in hex', '::ffff:cb00:7109', '203.0.113.9'],
    ['a proxy of IPv6', '203.0.113.9, fd12::4', '203.0.113.9'],
    ['no header', [], '10.0.0.1'],
  ])('is the last one in the header that is no trusted proxy: %s', (_, header, address) => {
    expect(listed(header)).toBe(address);
  });

  it.each([['203.0.113.1'], ['192.168.1.2'], ['::ffff:203.0.113.1'], ['2001:db8::9']])(
    'is that of a peer %s that no one trusts, whatever it says',
    (peer) => {
      expect(listed('8.8.8.8', peer)).toBe(peer.replace('::ffff:', ''));
    },
  );

  it.each(
    named([
      ...[
        '',
        ' ',
        ',',
        ', ,',
        'unknown',
        '_hidden',
        'localhost',
        '203.0.113',
        '203.0.113.999',
        '0203.0.113.9',
      ],
      ...['203.0.113.9:', '203.0.113.9:x', '[203.0.113.9]', '[2001:db8::1', '2001:db8::1]', '2001:db8:::1'],
      ...[
        'fe80::1%eth0',
        '203.0.113.9 8.8.8.8',
        '8.8.8.8;for=1.1.1.1',
        '"203.0.113.9"',
        '\u0000',
        '../../etc',
      ],
      ...['1'.repeat(10_000), '['.repeat(10_000), ','.repeat(10_000), '::'.repeat(5000)],
    ]),
  )('is that of the proxy where what it names is no address: %j', (_, node) => {
    expect(listed(node)).toBe('10.0.0.1');
    // What stands before it came through it.
    expect(listed(`8.8.8.8, ${node}`)).toBe('10.0.0.1');
    expect(listed(`8.8.8.8, ${node}, 10.0.0.2`)).toBe('10.0.0.2');
  });

  it.each([
    ['for=203.0.113.9', '203.0.113.9'],
    ['For="203.0.113.9:4711";proto=https;by=10.0.0.1', '203.0.113.9'],
    ['proto=https; for="[2001:DB8::1]:4711"', '2001:db8::1'],
    ['for=1.1.1.1, for=203.0.113.9;host="a, for=8.8.8.8", for=10.0.0.2', '203.0.113.9'],
    ['for=1.1.1.1;host="a\\", for=8.8.8.8", for=203.0.113.9', '203.0.113.9'],
    [['for=1.1.1.1', 'for=203.0.113.9'], '203.0.113.9'],
    ['for=1.1.1.1, proto=https', '10.0.0.1'],
    ['for=1.1.1.1, for=unknown', '10.0.0.1'],
    ['for=1.1.1.1, for=_SEVKISEK', '10.0.0.1'],
  ])('is named by Forwarded, where that is the header: %j', (header, address) => {
    expect(forwarded(header)).toBe(address);
  });

  it.each(
    named([
      ...[
        'for',
        'for=',
        '=203.0.113.9',
        'for=203.0.113.9;',
        'for=203.0.113.9,',
        ';',
        ',',
        'for="203.0.113.9',
      ],
      ...['for=[2001:db8::1]', 'for=203.0.113.9:80', 'for=1.1.1.1;for=2.2.2.2', 'for=1.1.1.1 for=2.2.2.2'],
      // What the client has written before it does not count in its place.
      ...[
        'for=8.8.8.8, for=203.0.113.9:80',
        'for=8.8.8.8, for',
        'for=8.8.8.8, for="',
        'for=8.8.8.8,, for=1.1.1.1',
      ],
      // The client’s quote swallows what the proxy has written behind it.
      ...[
        'for=8.8.8.8;x=", for=203.0.113.9',
        'for=8.8.8.8;x=", for="[2001:db8::1]"',
        'for="8.8.8.8\\", for=1.1.1.1',
      ],
      ...['"'.repeat(9999), 'a='.repeat(5000), 'for="\\'.repeat(2000), ' '.repeat(10_000)],
    ]),
  )('is that of the proxy where Forwarded is malformed: %j', (_, header) => {
    expect(forwarded(header)).toBe('10.0.0.1');
  });

  it('is read from the one header that is named: a client may send the other itself', () => {
    const both = { 'x-forwarded-for': '203.0.113.9', forwarded: 'for=8.8.8.8' };
    expect(addressOf(proxies, both)).toBe('203.0.113.9');
    expect(addressOf({ ...proxies, forwardedHeader: 'forwarded' }, both)).toBe('8.8.8.8');
    expect(addressOf(proxies, { forwarded: 'for=8.8.8.8' })).toBe('10.0.0.1');
  });

  it.each([
    ...[
      '',
      'proxy.example',
      '10.0.0',
      '10.0.0.0/',
      '10.0.0.0/33',
      '10.0.0.0/-1',
      '10.0.0.0/8/8',
      '10.0.0.0/x',
    ],
    ...['fd00::/129', '[fd00::1]', '::ffff:10.0.0.0/104', '*', '0.0.0.0/0.0.0.0', ' 10.0.0.1'],
  ])('trusts no proxy %j', (proxy) => {
    expect(() => createAddressOf({ trustedProxies: [proxy] })).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', message: expect.stringContaining('trustedProxies') }),
    );
  });
});
