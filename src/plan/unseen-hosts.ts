/** Hosts that could not be asked, each cause once: `2 hosts: port 22 refuses connections: kw-2, kw-5`. */
import { parseAddress } from '../net/address.js';
import { hostsInWords } from './hosts-in-words.js';

export interface UnseenHost {
  readonly host: string;
  readonly why: string;
}

/** In the order in which they come, which is the cluster file's. */
export const unseenInWords = (unseen: readonly UnseenHost[]): readonly string[] => {
  const groups = new Map<string, UnseenHost[]>();
  for (const one of unseen) {
    const cause = withoutAddress(one.why);
    groups.set(cause, [...(groups.get(cause) ?? []), one]);
  }
  return [...groups].map(([cause, hosts]) =>
    hosts.length === 1
      ? `${hosts[0]?.host}: ${hosts[0]?.why}`
      : `${hosts.length} hosts: ${cause}: ${hostsInWords(hosts.map(({ host }) => host))}`,
  );
};

/** `10.0.0.1 port 22 refuses connections` is the same cause on 10.0.0.2; words are compared, and nothing is decided. */
const withoutAddress = (why: string): string =>
  why.replaceAll(/(^|\()([\da-fA-F.:]+) /g, (all, before, word) => (parseAddress(word) === undefined ? all : before));
