/** Hosts as people name them (an alias of ~/.ssh/config, a name in DNS, a range of either) → entries of the file. */
import { lookup } from 'node:dns/promises';
import { parseIPv4 } from '../../net/address.js';
import { expandRange } from '../../spec/index.js';
import type { Answers } from '../../spec/publish/render.js';
import type { SshConfig } from '../../transport/connection.js';
import { effective } from '../../transport/ssh/config/effective.js';
import { hostEntry } from './flags.js';

type Entry = Answers['hosts'][number];

export interface Resolved {
  readonly entries: readonly Entry[];
  /** One sentence for each name that leads nowhere. */
  readonly problems: readonly string[];
}

/** What kw asks about names; a test answers it from a table. */
export interface Names {
  /** What ssh dials for this word: `HostName`, or the word itself. */
  hostName(word: string): Promise<string>;
  /** Its IPv4 address in DNS or /etc/hosts. */
  address(name: string): Promise<string | undefined>;
}

export const namesHere = (config: SshConfig): Names => ({
  hostName: async word =>
    (await effective({ host: word, user: undefined, port: undefined }, config)).values
      .get('hostname')?.[0]
      ?.replaceAll('%h', word) ?? word,
  address: name =>
    lookup(name, { family: 4 }).then(
      ({ address }) => address,
      () => undefined,
    ),
});

/** @param words `10.0.0.1`, `10.0.0.[1-9]`, `cp1`, `cp[1-3]`, `name=address`, each perhaps with `,role,role`. */
export const resolveHosts = async (words: readonly string[], names: Names): Promise<Resolved> => {
  const all = await Promise.all(words.map(word => resolveHost(word, names)));
  return { entries: all.flatMap(one => one.entries), problems: all.flatMap(one => one.problems) };
};

const resolveHost = async (word: string, names: Names): Promise<Resolved> => {
  const entry = hostEntry(word);
  const written = typeof entry === 'string' ? entry : entry.address;
  if (isAddress(written)) return { entries: [entry], problems: [] };
  const own = typeof entry === 'string' ? {} : entry;
  const many = expandRange(written) ?? [written];
  const found = await Promise.all(many.map(name => one(name, own, many.length === 1, names)));
  return {
    entries: found.flatMap(each => (typeof each === 'string' ? [] : [each])),
    problems: found.filter(each => typeof each === 'string'),
  };
};

/** Whatever means to be an address is for the cluster file's own checks: `10.0.0.300`, `10.0.0.1+`. */
const isAddress = (text: string): boolean => /^[\d.[\]+-]*$/.test(text) || text.includes(':');

const one = async (
  name: string,
  own: Partial<Exclude<Entry, string>>,
  isOnly: boolean,
  names: Names,
): Promise<Exclude<Entry, string> | string> => {
  const dialled = await names.hostName(name).catch(() => name);
  const address = parseIPv4(dialled) ?? (await names.address(dialled));
  if (address === undefined)
    return `${name}: neither ~/.ssh/config nor DNS knows an IPv4 address for it; write ${name}=ADDRESS`;
  return {
    ...own,
    name: isOnly ? (own.name ?? name) : name,
    address,
    // ssh follows an alias by itself where its HostName is this address; another way in must be written down.
    ...(dialled !== name && parseIPv4(dialled) === undefined ? { ssh: { address: name } } : {}),
  };
};
