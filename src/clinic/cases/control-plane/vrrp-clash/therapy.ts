/** The virtual address left to one host: what drops the advertisements goes, or who holds it unasked lets go of it. */
import { absolutePath } from '../../../../model/path.js';
import type { Resource } from '../../../../model/resource.js';
import { hostCidr, parseAddress } from '../../../../net/address.js';
import { raw, sh } from '../../../../shell/sh.js';
import type { FoundOf } from '../../../case.js';
import type { Chart } from '../../../chart/chart.js';
import { restoreAt } from '../../../therapies/restore.js';
import type { Facts } from './facts.js';

/** Empty: it is a person's to cure. */
export const cure = (chart: Chart, finding: FoundOf<Facts>): readonly Resource[] => {
  const place = {
    host: finding.host,
    stage: 'control-plane',
    after: [],
    because: 'the virtual address is on one host alone',
  } as const;
  switch (finding.variant) {
    case 'not-by-keepalived':
      return addressGone(finding.facts.address, place);
    case 'adverts-blocked':
      return ruleGone(finding.facts, place);
    case 'two-holders':
      return [];
    default: {
      const path = absolutePath(finding.facts.path);
      return path === undefined
        ? []
        : restoreAt(chart, finding.host, path, '/etc/systemd/system/kw-keepalived.service', 'kw-keepalived.service');
    }
  }
};

type Place = Pick<Resource, 'host' | 'stage' | 'after' | 'because'>;

const addressGone = (seen: string, place: Place): readonly Resource[] => {
  const address = parseAddress(seen);
  if (address === undefined) return [];
  const only = hostCidr(address);
  return [
    {
      ...place,
      kind: 'cleanup',
      key: `address ${address}`,
      want: {
        risk: 'none',
        find: sh`ip -o address show to ${only} | sed 's/ *\\\\.*//'`,
        remove: sh`ip -o address show to ${only} | while read -r _ link _ cidr _; do
  ip address del "$cidr" dev "$link" || exit 1; done`,
        undo: {
          keep: sh`ip -o address show to ${only}`,
          back: sh`while read -r _ link _ cidr _; do
  ip address show dev "$link" | grep -qF "$cidr" || ip address add "$cidr" dev "$link" || exit 1; done`,
        },
      },
    },
  ];
};

/** Of a rule that has other than plain words, iptables-save's quotes for one, nobody here knows the words. */
const ruleGone = ({ rule: line, program }: Facts['adverts-blocked'], place: Place): readonly Resource[] => {
  const rule = line.replace(/^-A /, '');
  if (!/^[\w .:/!,-]+$/.test(rule)) return [];
  const [chain = '', ...words] = rule.split(' ');
  const all = [chain, ...words];
  const found = sh`${program} -C ${all} 2>/dev/null`;
  return [
    {
      ...place,
      kind: 'cleanup',
      key: 'rule that drops VRRP',
      want: {
        risk: 'none',
        undo: {
          keep: sh`${program} -S ${chain} | grep -e '^-A' | grep -nxF -e ${`-A ${rule}`} | head -n 1 | cut -d: -f1`,
          back: sh`read -r at || exit 0; ${raw(found)} || ${program} -I ${chain} "$at" ${words}`,
        },
        find: sh`${raw(found)} && echo ${rule}; true`,
        remove: sh`while ${program} -D ${all} 2>/dev/null; do :; done`,
      },
    },
  ];
};
