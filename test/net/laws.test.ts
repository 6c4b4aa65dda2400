/** What parses is what it says, and nothing that a shell could read as more. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Address,
  addressAfter,
  addressAt,
  type Cidr,
  contains,
  hostCidr,
  networkOf,
  overlaps,
  parseAddress,
  parseCidr,
  prefixOf,
} from '../../src/net/address.js';
import {
  endpointOf,
  formatEndpoint,
  parseEndpoint,
  parseHostName,
  parseLinkName,
  parsePort,
  parseUrl,
} from '../../src/net/endpoint.js';
import { quote } from '../../src/shell/sh.js';

const parsers = {
  address: parseAddress,
  cidr: parseCidr,
  link: parseLinkName,
  name: parseHostName,
  url: parseUrl,
  port: (text: string) => parsePort(text)?.toString(),
  endpoint: (text: string) => {
    const one = parseEndpoint(text);
    return one && formatEndpoint(one);
  },
} as const;

const good = fc.oneof(
  fc.ipV4(),
  fc.ipV6(),
  fc.tuple(fc.ipV4(), fc.nat(33)).map(([ip, n]) => `${ip}/${n}`),
  fc.tuple(fc.ipV6(), fc.nat(129)).map(([ip, n]) => `${ip}/${n}`),
  fc.domain(),
  fc.webUrl(),
  fc.tuple(fc.ipV4(), fc.nat(70_000)).map(([ip, port]) => `${ip}:${port}`),
  fc.tuple(fc.ipV6(), fc.nat(70_000)).map(([ip, port]) => `https://[${ip}]:${port}/health`),
);
const poison = fc.constantFrom(
  ' ',
  '\n',
  "'",
  '"',
  ';',
  '$(id)',
  '`',
  '-',
  '&',
  '|',
  '\\',
  '\0',
  '#',
  '*',
  '%',
  '٣',
  '@',
  '{',
);
/** Something good with something bad put in anywhere. */
const poisoned = fc.tuple(good, poison, fc.nat(40)).map(([text, bad, at]) => text.slice(0, at) + bad + text.slice(at));
const anything = fc.oneof(good, poisoned, fc.string(), fc.string({ unit: fc.constantFrom(...'0123.:/[]-f% \n') }));

const v4 = fc.tuple(fc.ipV4(), fc.integer({ min: 0, max: 32 })).map(([ip, n]) => parseCidr(`${ip}/${n}`) as Cidr);
const v6 = fc.tuple(fc.ipV6(), fc.integer({ min: 0, max: 128 })).map(([ip, n]) => parseCidr(`${ip}/${n}`) as Cidr);
const cidr = fc.oneof(v4, v6);

describe('whatever parses', () => {
  it.each(Object.entries(parsers))('as %s is one plain word', (_, parse) => {
    fc.assert(
      fc.property(anything, text => {
        const one = parse(text);
        if (one === undefined) return;
        expect(one).toMatch(/^[0-9A-Za-z_:[][0-9A-Za-z.:/%[\]_~-]*$/);
        // A link may be called as a word of the shell is, and is quoted then.
        if (!/[[~]/.test(one)) expect([one, `'${one}'`]).toContain(quote(one));
        // What was parsed parses again to itself.
        expect(parse(one)).toBe(one);
      }),
      { numRuns: 2000 },
    );
  });

  it('a link that is called as the shell calls something is one word all the same', () => {
    expect(quote(parseLinkName('if') ?? '')).toBe("'if'");
  });

  it('has a planted violation that the law would find', () => {
    for (const bad of [
      '10.0.0.0/8 -j ACCEPT; touch /root/x; true',
      "eth0'; id; '",
      '-eth0',
      '10.0.0.1\n',
      '10.0.0.1:6443;id',
    ])
      for (const parse of Object.values(parsers)) expect(parse(bad)).toBeUndefined();
  });
});

describe('networks', () => {
  it('hold their own first address, and overlap with what they hold', () =>
    fc.assert(
      fc.property(cidr, one => {
        const net = networkOf(one);
        const first = addressAt(one, 0) as Address;
        expect(contains(net, one) && contains(one, net) && contains(net, first)).toBe(true);
        expect(overlaps(one, hostCidr(first))).toBe(true);
        expect(networkOf(net)).toBe(net);
        expect(prefixOf(net)).toBe(prefixOf(one));
      }),
    ));

  it('overlap only where one holds the other', () =>
    fc.assert(
      fc.property(cidr, cidr, (a, b) => {
        expect(overlaps(a, b)).toBe(contains(a, b) || contains(b, a));
        expect(overlaps(a, b)).toBe(overlaps(b, a));
      }),
    ));

  it('are as written by hand', () => {
    const net = parseCidr('192.0.2.11/24') as Cidr;
    expect(networkOf(net)).toBe('192.0.2.0/24');
    expect(addressAt(net, 10)).toBe('192.0.2.10');
    expect(addressAt(net, 256)).toBeUndefined();
    expect(addressAfter(parseAddress('10.0.0.255') as Address, 1)).toBe('10.0.1.0');
    expect(addressAfter(parseAddress('255.255.255.255') as Address, 1)).toBeUndefined();
    expect(parseAddress('FD00:0::1')).toBe('fd00::1');
    for (const bad of ['10.0.0.300', '010.0.0.1', '10.0.0.0/33', '10.0.0.0/08', 'fe80::1%eth0', '', ':'])
      expect(parseAddress(bad) ?? parseCidr(bad)).toBeUndefined();
  });
});

describe('endpoints', () => {
  it('are host and port', () => {
    expect(parseEndpoint('[fd00::1]:2379')).toEqual({ host: 'fd00::1', port: 2379 });
    expect(parseEndpoint('db.example.com:443')).toEqual({ host: 'db.example.com', port: 443 });
    for (const bad of ['10.0.0.1', '10.0.0.1:0', '10.0.0.1:65536', ':80', 'fd00::1:80', '[kw-1]:80'])
      expect(parseEndpoint(bad)).toBeUndefined();
  });

  it('are found in URLs', () => {
    const of = (text: string) => {
      const url = parseUrl(text);
      return url && formatEndpoint(endpointOf(url));
    };
    expect(of('https://10.0.0.1:2379')).toBe('10.0.0.1:2379');
    expect(of('https://kw-1/healthz')).toBe('kw-1:443');
    expect(of('http://[::1]/')).toBe('[::1]:80');
    for (const bad of ['ftp://10.0.0.1', 'https://user@host/', 'https://host/?q', 'https://host/$(id)', 'https://'])
      expect(of(bad)).toBeUndefined();
  });
});
