import { createHash } from 'node:crypto';
import { defineCase, type FoundOf, type Therapy } from '../../../case.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { readEvidence } from '../../../read/evidence-reader.js';
import { flagsOf } from '../../../read/flags.js';
import { hostsOf, nodesOf } from '../../../read/hosts.js';
import { isOurs } from '../../../read/supervision.js';
import { nodeNameOf } from '../../../read/kubelet.js';
import { freshUnit, textFile } from '../../../therapies/files.js';
import { restoreAt } from '../../../therapies/restore.js';
import { idOf } from '../../../../model/resource.js';
import { pattern } from '../../../../model/pattern.js';
import type { Found } from '../../../examine/verdict.js';
import { sh } from '../../../../shell/sh.js';
import { quoted, quotedOn, type Quote } from '../../../read/quote.js';

/** The name, id or hardware address, and the other host that has it. */
type Shared = { readonly value: string; readonly other: string };

type Facts = {
  readonly 'node-name': Shared;
  readonly 'machine-id': Shared;
  readonly mac: Shared;
  readonly address: Shared;
};

export default defineCase<Facts>({
  id: 'duplicate-identity',
  precedence: 590,
  title: 'Two hosts have the same identity',
  variants: {
    'node-name': {
      means: 'two kubelets register under one node name: each replaces the other',
      says: ({ host, facts: { value, other } }) => `${host} registers as the node ${value}, and so does ${other}`,
      shows: proof,
    },
    'machine-id': {
      means: 'two hosts have one machine-id, as copies of one disk do',
      says: ({ host, facts: { value, other } }) =>
        `${host} has the machine-id ${value}, and so has ${other}: one disk was copied to the other`,
      shows: proof,
    },
    mac: {
      means: 'network interfaces of two hosts have one hardware address',
      says: ({ host, facts: { value, other } }) =>
        `${host} has an interface with the hardware address ${value}, and so has ${other}`,
      shows: proof,
    },
    address: {
      means: 'a host has the address of another one on its own link: each answers for the other',
      says: ({ host, facts: { value, other } }) =>
        `${host} has ${value} on one of its links, which is the address of ${other}: what is sent there comes to ` +
        'either of them',
      shows: ({ facts: { value, other } }) => [
        quoted('network', 'ip addr', value),
        quotedOn(other, 'network', 'ip addr', value),
      ],
    },
  },
  about: [
    { whom: 'pod', how: 'address-twice' },
    { whom: 'node', how: 'address-twice' },
  ],
  told: [
    ['same-identity', 'node'],
    ['cloned', 'node', 'at-once'],
    ['cloned', 'flips'],
  ],
  symptoms: [
    {
      text: pattern(
        /Node password (?:rejected|validation failed)|duplicate hostname/,
        /|unable to verify (?:hostname and )?password/,
      ),
    },
    { text: /a Node (?:with name|named) "[^"]+" and status "Ready" already exists in the cluster/ },
    { text: /nodes? "[^"]+" already exists|node '[^']+' is already using the IPv[46] address/ },
    // Meshes of hosts (Weave, memberlist in MetalLB and others) call each other by a name that they take from the host.
    { text: /peer names? collision|memberlist: Conflicting address for \S+/ },
    {
      text: pattern(
        /\b(?:product_uuid|machine-id|system uuid|machine id)\b.{0,80}/i,
        /\b(?:already (?:in use|used|taken)|not unique|duplicate|is the same|identical)/,
        /|\b(?:share[sd]?|sharing|same|cloned?|identical)\b.{0,60}\b(?:product_uuid|machine-id|system uuid)/,
      ),
    },
  ],
  explains: [
    'node-name-mismatch',
    'node-ip-wrong-nic',
    'node-not-ready-cni',
    'kubelet-certificate-not-trusted/no-address',
    'data-path',
    'host-firewall',
  ],
  lab: true,
  sources: [
    'k3s-io/k3s#802',
    'k3s-io/k3s#2769',
    'kubernetes/kubeadm#1764',
    'https://kubernetes.io/docs/setup/production-environment/tools/kubeadm/install-kubeadm/#verify-mac-address',
  ],
  badCures: [{ cure: 'kubectl delete node NAME', why: 'whichever kubelet is faster takes the name again' }],

  diagnose(chart) {
    const evidence = readEvidence();
    const nodes = nodesOf(chart);
    for (const host of nodes) {
      evidence.read(host.processes);
      evidence.read(host.files);
    }
    const seen = hostsOf(chart).filter(host => evidence.read(host.identity) !== undefined);
    const named = nodes.filter(
      host =>
        flagsOf(host, 'kubelet').inForce &&
        ('value' in host.identity || flagsOf(host, 'kubelet').inForce?.get('hostname-override') !== undefined),
    );
    // product_uuid is not a proof: containers, and some makers' machines, share it in health.
    return evidence.verdict([
      ...twins(named, 'node-name', host => [nodeNameOf(host)]),
      ...twins(seen, 'machine-id', host => [identity(host)?.machineId ?? '']),
      ...borrowed(hostsOf(chart).filter(host => evidence.read(host.network) !== undefined)),
      ...twins(seen, 'mac', host => (identity(host)?.macs ?? []).filter(mac => !/^(00:){5}00$/.test(mac))),
    ]);
  },

  therapy(finding, chart) {
    const host = chart.hosts.get(finding.host);
    if (host && finding.variant === 'node-name' && isOurs(chart)) {
      const want = restoreAt(chart, host.name, '/etc/systemd/system/kubelet.service', '/etc/kubernetes/kubelet.conf');
      if (want.length > 0)
        return { title: `Let the kubelet on ${host.name} register under its own name`, risk: 'restart', want };
    }
    if (host && finding.variant === 'machine-id') return ownMachineId(host, finding.facts.value);
    if (finding.variant === 'address')
      return {
        refused: `which of ${finding.host} and ${finding.facts.other} is to have it is for a person to say`,
        advice: [
          sh`ip addr del ${finding.facts.value} dev LINK` + ` on ${finding.host}, whose own address is another one`,
          'then take it from where it is set there (netplan, ifcfg, .network, keepalived), and from its DHCP lease',
        ],
      };
    return finding.variant === 'mac'
      ? {
          refused: 'a hardware address is given outside of the host: by the hypervisor or the card',
          advice: [
            'give the virtual machine a new address in the hypervisor',
            'or, if it was set on the host: take MACAddress= from its .link or .network file',
          ],
        }
      : {
          refused: 'which of the two keeps the name, and its pods, is for a person to say',
          advice: [
            'on the one that gives way: kubeadm reset, hostnamectl set-hostname NEW, kubeadm join --node-name NEW',
            'kubectl get node NAME -o wide tells whose address it has now',
          ],
        };
  },

  verify: finding => [
    {
      host: finding.host,
      command: {
        'node-name': 'hostname; ps -o args= -C kubelet | tr " " "\\n" | grep hostname-override',
        'machine-id': 'cat /etc/machine-id',
        mac: 'ip link',
        address: 'ip addr',
      }[finding.variant],
      answer: finding.shows[0]?.text ?? '',
      healthy: `another answer than that of any other host (here ${finding.facts.other} says the same)`,
    },
  ],
});

/** Always the same for the same copy, so that a second run finds nothing to do. */
const ownMachineId = (host: HostChart, copied: string): Therapy => {
  const id = createHash('sha256').update(`${copied} ${host.name} ${host.address}`).digest('hex').slice(0, 32);
  const place = { host: host.name, because: 'no other host has this machine-id', stage: 'nodes' as const };
  const file = textFile('/etc/machine-id', `${id}\n`, 0o444, place);
  const kubelet = flagsOf(host, 'kubelet').inForce
    ? [freshUnit('kubelet.service', [file.key], { ...place, after: [idOf(file)] })]
    : [];
  return {
    title: `Give ${host.name} a machine-id of its own (the journal begins a new folder at the next boot)`,
    risk: 'restart',
    want: [file, ...kubelet],
  };
};

const identity = (host: HostChart) => ('value' in host.identity ? host.identity.value : undefined);

/** Of hosts with one word in common the first keeps it; each other one is a finding. */
function twins(
  hosts: readonly HostChart[],
  variant: keyof Facts,
  words: (host: HostChart) => readonly string[],
): readonly FoundOf<Facts>[] {
  const first = new Map<string, HostChart>();
  return hosts.flatMap(host =>
    [...new Set(words(host))]
      .filter(word => word !== '')
      .flatMap((word): readonly FoundOf<Facts>[] => {
        const other = first.get(word);
        if (!other) {
          first.set(word, host);
          return [];
        }
        return [
          {
            variant,
            host: host.name,
            subject: { value: word },
            facts: { value: word, other: other.name },
          },
        ];
      }),
  );
}

/** The address by which a host is called, on a link of another one too. Virtual addresses are nobody's own. */
function borrowed(hosts: readonly HostChart[]): readonly FoundOf<Facts>[] {
  const owners = new Map(hosts.filter(has).map(host => [host.address, host.name]));
  return hosts.flatMap(host =>
    ('value' in host.network ? host.network.value.addresses : []).flatMap(({ address }): readonly FoundOf<Facts>[] => {
      const other = owners.get(address);
      return other === undefined || address === host.address
        ? []
        : [{ variant: 'address', host: host.name, subject: { value: address }, facts: { value: address, other } }];
    }),
  );
}

/** Behind a translation of addresses a host is called by one that it does not have. */
function has({ address, network }: HostChart): boolean {
  return 'value' in network && network.value.addresses.some(one => one.address === address);
}

function proof({ variant, facts: { value, other } }: Found<Shared>): readonly Quote[] {
  return [quoted('identity', variant, value), quotedOn(other, 'identity', variant, value)];
}
