/** What a host of etcd says before a restore (blueprint/restore/ask-member.ts): read, or not believed. */
import { Unreadable } from '../model/fact.js';
import { type Address, parseAddress } from '../net/address.js';

/** A restore that was begun and did not end. */
export interface Running {
  readonly run: string;
  /** Of the snapshot. */
  readonly sha256: string;
  /** Names of the members that it is restored to. */
  readonly members: readonly string[];
}

export interface RestoreMember {
  /** `unreadable`: a restore is under way, and which cannot be told. */
  readonly running?: Running | 'unreadable';
  /** `3.6.8`; absent: there is no etcd. */
  readonly etcd?: string;
  /** Where its data should be, and nothing is mounted. */
  readonly unmounted?: string;
  /** Data of etcd are there. */
  readonly data: boolean;
  /** It answers by way of its quorum. */
  readonly quorum: boolean;
  /** All members of its etcd, as they were last recorded. */
  readonly members: readonly { readonly name: string; readonly address: Address }[];
  /** Who has a connection to its etcd. */
  readonly clients: readonly Address[];
}

const underWay = /^(\d{8}T\d{6}Z-[0-9a-f]{12}) ([0-9a-f]{64}) ([a-z0-9][a-z0-9.,-]*)$/;

/** Throws Unreadable where it broke off. */
export function readRestoreMember(output: string): RestoreMember {
  const all = (name: string): readonly string[] =>
    [...output.matchAll(new RegExp(`^${name}=(.*)$`, 'gm'))].map(found => found[1] ?? '');
  if (all('end')[0] !== 'yes') throw new Unreadable('restore-member', output, 'it broke off');
  const [running, etcd = '', mount = ''] = [all('running')[0], all('etcd')[0], all('mount')[0]];
  return {
    ...(running === undefined ? {} : { running: runningIn(running.trim()) }),
    ...(/^\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(etcd) ? { etcd } : {}),
    ...(all('unmounted')[0] === 'yes' ? { unmounted: mount } : {}),
    data: all('data')[0] === 'yes',
    quorum: all('quorum')[0] === 'yes',
    members: (all('members')[0] ?? '').split(',').flatMap(memberIn),
    clients: [...new Set(all('client').flatMap(clientIn))],
  };
}

const runningIn = (text: string): Running | 'unreadable' => {
  const [, run, sha256, members] = underWay.exec(text) ?? [];
  return run === undefined || sha256 === undefined || members === undefined
    ? 'unreadable'
    : { run, sha256, members: members.split(',').toSorted() };
};

/** What is longer is no address; a pattern is not tried on it. */
const longest = 400;

/** `kw-1=https://10.0.0.11:2380` */
const memberIn = (text: string): RestoreMember['members'] => {
  if (text.length > longest) return [];
  const [, name = '', at = ''] =
    /^([A-Za-z0-9][A-Za-z0-9._-]*)=https?:\/\/\[?([0-9a-fA-F.:]+?)\]?:\d+$/.exec(text) ?? [];
  const address = parseAddress(at);
  return address === undefined ? [] : [{ name, address }];
};

/** `10.0.0.12:41234`, `[::ffff:10.0.0.12]:41234` */
const clientIn = (text: string): readonly Address[] => {
  if (text.length > longest) return [];
  const at = /^\[?(?:::ffff:)?([0-9a-fA-F.:]+?)\]?:\d+$/.exec(text)?.[1] ?? '';
  const address = parseAddress(at);
  return address === undefined ? [] : [address];
};
