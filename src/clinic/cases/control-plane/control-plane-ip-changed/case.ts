import { defineCase, type FoundOf } from '../../../case.js';
import type { Chart } from '../../../chart/chart.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { type EvidenceReader, readEvidence } from '../../../read/evidence-reader.js';
import { flagsOf } from '../../../read/flags.js';
import { hostsOf } from '../../../read/hosts.js';
import { isOurs } from '../../../read/supervision.js';
import { covers } from '../../../read/trust.js';
import { arePlain } from '../../../therapies/plain-flags.js';
import { flagSet } from '../../../therapies/place.js';
import { restoreAt } from '../../../therapies/restore.js';
import { pattern } from '../../../../model/pattern.js';
import { apiRefused, serviceSilent } from '../../../symptoms.js';
import { quote } from '../../../../shell/sh.js';
import type { Resource } from '../../../../model/resource.js';
import { parseAddress } from '../../../../net/address.js';
import { type Quote, quoted } from '../../../read/quote.js';
import type { Found } from '../../../examine/verdict.js';
import { type Facts, type Moved, own, type Program } from './facts.js';

export default defineCase<Facts>({
  id: 'control-plane-ip-changed',
  precedence: 60,
  title: 'A control plane is configured for an address that its host does not have',
  variants: {
    etcd: {
      means: 'etcd is to listen at, or is announced under, an address that the host does not have',
      says: ({ host, facts }) => movedText(host, facts),
      shows: proof,
    },
    apiserver: {
      means: 'an API server announces an address that the host does not have',
      says: ({ host, facts }) => movedText(host, facts),
      shows: proof,
    },
    node: {
      means: 'a kubelet announces an address that the host does not have',
      says: ({ host, facts }) => movedText(host, facts),
      shows: proof,
    },
  },
  about: [{ how: 'not-here' }],
  told: [
    ['control-plane', 'address-changed'],
    ['etcd', 'address-changed'],
  ],
  symptoms: [
    { text: /bind: cannot assign requested address/ },
    { text: /dial tcp \S+: connect: no route to host/ },
    { text: /node IP: "?\S+"? not found in the host's network interfaces/ },
    { text: /Unable to find suitable network address|failed to get node ip address/i },
    {
      text: pattern(
        /\b(?:masters?|control[- ]planes?|hosts?|servers?|vms?|machines?)\S{0,3} .{0,40}/i,
        /\b(?:ip|address)\b.{0,30}\bchang\w+/,
        /|\b(?:got|has|have|gets) (?:a |an )?(?:new|another|different) ip\b|\b(?:old|former|previous) ip\b/i,
      ),
    },
    { text: apiRefused },
    { text: serviceSilent },
  ],
  explains: [
    'quorum-lost',
    'etcd-stale-member',
    'master-endpoints-reset',
    'not-highly-available',
    'name-missing-in-certificate',
    'node-ip-wrong-nic',
    'waiting-for-leader-lease',
  ],
  lab: true,
  sources: ['kubernetes/kubeadm#338', 'kubernetes/kubeadm#3299', 'kubernetes/kubernetes#88648'],
  badCures: [
    {
      cure: 'sed -i s/OLD/NEW/ over /etc/kubernetes',
      why: 'certificates, etcd’s list of members, ConfigMaps and the kubeconfigs of other hosts keep the old address',
      text: /sed -i .{0,120}\/etc\/kubernetes/,
    },
    { cure: 'kubeadm reset on the only control plane', why: 'it deletes etcd’s data, and with it the cluster' },
  ],

  diagnose(chart) {
    const evidence = readEvidence();
    const hosts = [...new Set([...hostsOf(chart, 'controlPlane'), ...hostsOf(chart, 'etcd')])];
    return evidence.verdict(hosts.flatMap(host => strange(chart, host, evidence)));
  },

  therapy(finding, chart) {
    const host = chart.hosts.get(finding.host);
    const { program, former } = finding.facts;
    const goes = host && isOurs(chart) && holds(host, host.address) && isToldTo(host, former).length > 1;
    if (goes) return followed(host, former);
    const want =
      !host || !holds(host, host.address)
        ? []
        : isOurs(chart)
          ? restoreAt(chart, host.name, `/etc/systemd/system/${program}.service`)
          : onlyThere(host, finding);
    if (want.length > 0)
      return { title: `Configure ${program} on ${finding.host} for its own address again`, risk: 'restart', want };
    return {
      refused:
        `whether ${former} shall come back or everything shall move to another address is not for a program ` +
        'to decide',
      advice: [
        `best: give ${finding.host} its old address ${former} back (a fixed lease, or a static address): nothing ` +
          'else has to change',
        isOurs(chart)
          ? `or let the cluster follow it: write the address that ${finding.host} has now into the cluster file, ` +
            'kw plan, kw up'
          : 'otherwise replace this control plane: etcdctl member remove where the others keep quorum, reset the ' +
            'host, join it under its new address',
        'the only control plane: back up etcd, and write the address anew in manifests, certificates, kubeconfigs, ' +
          'etcd’s peer URL (member update), cluster-info and kube-proxy’s ConfigMap',
      ],
    };
  },

  verify: finding => [
    {
      host: finding.host,
      command: 'ip -brief address',
      answer: finding.shows[1]?.text ?? '',
      healthy: `a line with ${finding.facts.former}`,
    },
    {
      host: finding.host,
      command: `grep -rn ${quote(finding.facts.former)} /etc/kubernetes /etc/systemd/system`,
      answer: finding.shows[0]?.text ?? '',
      healthy: 'only addresses that the host has',
    },
  ],
});

function proof({ facts: { program, wrong, held } }: Found<Moved<Program>>): readonly Quote[] {
  return [
    quoted('processes', `argv of ${program}`, wrong.map(one => `--${one.flag}: ${one.address}`).join('; ')),
    quoted('network', 'addresses', held.join(', ')),
  ];
}

const movedText = (host: string, { program, former, flags, held }: Moved<string>): string =>
  `${program} on ${host} is configured for ${former} (${flags.map(flag => `--${flag}`).join(', ')}), but the ` +
  `host has only ${held.filter(one => !one.startsWith('127.')).join(', ')}`;

/** One program that is told another address is a mistake; where several are, the host was there. */
const isToldTo = (host: HostChart, address: string): readonly Program[] =>
  (Object.keys(own) as Program[]).filter(program => {
    const { inForce } = flagsOf(host, program);
    return own[program].some(flag => inForce?.all(flag).some(value => addressIn(value) === address));
  });

const followed = ({ name, address }: HostChart, former: string) => ({
  refused:
    `${name} is at ${address} by the cluster file, and all that runs there was told ${former}: that it goes along is ` +
    'more than one program’s to mend',
  advice: [
    `it has moved: kw plan, kw up; all that names ${former} follows`,
    `it has not: its address ${former} in the cluster file again, and on the host`,
  ],
});

const addressesOf = (host: HostChart): readonly string[] =>
  'value' in host.network ? host.network.value.addresses.map(one => one.address) : [];
const holds = (host: HostChart, address: string): boolean => addressesOf(host).includes(address);
const addressIn = (value: string): string =>
  (/^\w+:\/\/(\[[^\]]+\]|[^:/]+)/.exec(value)?.[1] ?? value).replace(/^\[|\]$/g, '');
const isOwn = (address: string, held: readonly string[]): boolean =>
  parseAddress(address) === undefined || held.includes(address) || /^(127\.|0\.0\.0\.0$|::1?$)/.test(address);

const ofProgram = (program: Program, where: Omit<Moved<Program>, 'program'>) =>
  program === 'etcd'
    ? { variant: 'etcd' as const, facts: { program, ...where } }
    : program === 'kubelet'
      ? { variant: 'node' as const, facts: { program, ...where } }
      : { variant: 'apiserver' as const, facts: { program, ...where } };

function strange(chart: Chart, host: HostChart, evidence: EvidenceReader): readonly FoundOf<Facts>[] {
  const network = evidence.read(host.network);
  if (!evidence.read(host.processes) || !evidence.read(host.files) || !network) return [];
  const held = network.addresses.map(one => one.address);
  return (Object.keys(own) as Program[]).flatMap((program): readonly FoundOf<Facts>[] => {
    const names = own[program];
    const flags = flagsOf(host, program).inForce;
    const wrong = names
      .flatMap(flag => (flags?.all(flag) ?? []).map(value => ({ flag, address: addressIn(value) })))
      .filter(
        ({ flag, address }) =>
          !isOwn(address, held) && !(flag.includes('advertise') && program === 'etcd' && isElsewhere(chart, address)),
      );
    const [first] = wrong;
    return first
      ? [
          {
            ...ofProgram(program, {
              former: first.address,
              flags: [...new Set(wrong.map(one => one.flag))],
              held,
              wrong,
            }),
            host: host.name,
            subject: { address: first.address },
          },
        ]
      : [];
  });
}

/** An address translated in front of the hosts may be announced though no interface has it: a cluster file says so. */
const isElsewhere = (chart: Chart, address: string): boolean =>
  chart.spec?.hosts.some(host => host.externalAddress === address) === true;

/** A flag that was edited alone: the certificates are still good for the address that the host has. */
function onlyThere(host: HostChart, { facts }: FoundOf<Facts>): readonly Resource[] {
  const { program, former } = facts;
  const seen = 'value' in host.certificates ? host.certificates.value : [];
  const leaf = seen.find(
    one =>
      one.path === (program === 'etcd' ? '/etc/kubernetes/pki/etcd/peer.crt' : '/etc/kubernetes/pki/apiserver.crt'),
  )?.certificates[0];
  const flags = flagsOf(host, program).inForce;
  if (
    !leaf ||
    !flags ||
    program === 'kubelet' ||
    !covers(leaf, host.address) ||
    covers(leaf, former) ||
    parseAddress(host.address) === undefined
  )
    return [];
  const edits = Object.fromEntries(
    own[program]
      .filter(flag => flags.get(flag)?.includes(former))
      .map(flag => [flag, (flags.get(flag) ?? '').replaceAll(former, host.address)]),
  );
  return arePlain(edits)
    ? flagSet(host, program, edits, `${program} is configured for the address that its host has`)
    : [];
}
