/** Names and addresses of a lab, from what is wanted: pure, so that every process finds the same lab by its name. */
import { createHash } from 'node:crypto';
import { WorldFailed } from '../model/event.js';

export interface LabWant {
  /** Default `lab`; several labs may stand side by side. */
  readonly name?: string;
  /** How many (kw-1, kw-2 …) or which names. */
  readonly hosts?: number | readonly string[];
  /** A /24. Default 10.88.0.0/24 for `lab`, the next free 10.88.N.0/24 for another name. */
  readonly subnet?: string;
  /** A word of whoever's end shall be the lab's end (`withLab`); who brings it up again without one takes it over. */
  readonly owner?: string;
}

export const defaultLab = 'lab';
export const defaultHosts = 5;
/** The first host's last octet; .1 is the control machine, .250 and up are free for virtual addresses. */
const firstHost = 11;
const lastHost = 199;

export const hostNames = (hosts: number | readonly string[]): readonly string[] =>
  typeof hosts === 'number' ? Array.from({ length: hosts }, (_, index) => `kw-${index + 1}`) : hosts;

export const checkWant = (name: string, hosts: readonly string[], subnet: string | undefined): void => {
  if (!/^(?!base-|saved$)[a-z][a-z0-9-]{0,30}$/.test(name))
    refuse(`'${name}' is not a valid name for a lab`, 'small letters, digits and dashes; not base-… nor saved');
  for (const host of hosts)
    if (!/^[a-z][a-z0-9-]{0,40}$/.test(host))
      refuse(`'${host}' is not a valid name for a lab host`, 'small letters, digits and dashes');
  if (new Set(hosts).size !== hosts.length)
    refuse('two lab hosts have the same name', 'give each host a name of its own');
  if (hosts.length > lastHost - firstHost + 1)
    refuse(`${hosts.length} hosts do not fit into one lab`, `at most ${lastHost - firstHost + 1}`);
  if (subnet !== undefined && !/^(10|172|192)(\.(25[0-5]|2[0-4]\d|1?\d?\d)){2}\.0\/24$/.test(subnet))
    refuse(`'${subnet}' is not a valid subnet for a lab`, 'a private /24 such as 10.88.7.0/24');
};

/** The first /24 of 10.88.0.0/16 that no other lab and no route of this machine has. */
export const freeSubnet = (name: string, taken: readonly string[]): string => {
  const wish = name === defaultLab ? 0 : 1;
  for (let n = wish; n < 255; n += 1) if (!taken.includes(`10.88.${n}.0/24`)) return `10.88.${n}.0/24`;
  return refuse('no 10.88.N.0/24 is free for a lab', 'give a subnet, or take a lab down');
};

export const addressIn = (subnet: string, last: number): string => `${subnet.split('.').slice(0, 3).join('.')}.${last}`;

/** `kwlab9` for 10.88.9.0/24: the bridge, and the prefix of the lab's namespaces. At most 11 characters. */
export const labId = (subnet: string): string => {
  const [a, b, c] = subnet.split('.');
  return `kwlab${a === '10' && b === '88' ? c : createHash('sha256').update(subnet).digest('hex').slice(0, 6)}`;
};

/** The lowest last octet that no host of the lab has. */
export const nextOctet = (used: readonly number[]): number => {
  let octet = firstHost;
  while (used.includes(octet)) octet += 1;
  return octet;
};

const refuse = (message: string, help: string): never => {
  throw new WorldFailed({ class: 'refused', message, help });
};
