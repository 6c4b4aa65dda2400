import { createHash } from 'node:crypto';
import { defineCase } from '../../../case.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { openEyes } from '../../../read/eyes.js';
import { flagsOf } from '../../../read/flags.js';
import { hostsOf, layout, nodesOf } from '../../../read/hosts.js';
import { nodeNameOf } from '../../../read/kubelet.js';
import { shown } from '../../../read/shown.js';
import { freshUnit, textFile } from '../../../therapies/files.js';
import { restoreAt } from '../../../therapies/restore.js';
import type { Finding } from '../../../examine/verdict.js';
import { idOf } from '../../../../model/resource.js';

export default defineCase({
  id: 'duplicate-identity',
  precedence: 590,
  title: 'Two hosts have the same identity',
  variants: {
    'node-name': 'two kubelets register under one node name: each replaces the other',
    'machine-id': 'two hosts have one machine-id, as copies of one disk do',
    mac: 'network interfaces of two hosts have one hardware address',
  },
  symptoms: [
    { text: /Node password rejected, duplicate hostname/ },
    { text: /a Node with name "[^"]+" and status "Ready" already exists in the cluster/ },
    { text: /nodes? "[^"]+" already exists/ },
  ],
  explains: [
    'node-name-mismatch',
    'node-ip-wrong-nic',
    'node-not-ready-cni',
    'kubelet-certificate-not-trusted/no-address',
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
    const eyes = openEyes();
    const nodes = nodesOf(chart);
    for (const host of nodes) {
      eyes.see(host.processes);
      eyes.see(host.files);
    }
    const seen = hostsOf(chart).filter(host => eyes.see(host.identity) !== undefined);
    const named = nodes.filter(
      host =>
        flagsOf(host, 'kubelet').inForce &&
        ('value' in host.identity || flagsOf(host, 'kubelet').inForce?.get('hostname-override') !== undefined),
    );
    // product_uuid is no proof: containers, and some makers' machines, share it in health.
    return eyes.verdict([
      ...twins(
        named,
        'node-name',
        host => [nodeNameOf(host)],
        (name, other) => `registers as the node ${name}, and so does ${other}`,
      ),
      ...twins(
        seen,
        'machine-id',
        host => [identity(host)?.machineId ?? ''],
        (id, other) => `has the machine-id ${id}, and so has ${other}: one disk was copied to the other`,
      ),
      ...twins(
        seen,
        'mac',
        host => (identity(host)?.macs ?? []).filter(mac => !/^(00:){5}00$/.test(mac)),
        (mac, other) => `has an interface with the hardware address ${mac}, and so has ${other}`,
      ),
    ]);
  },

  therapy(finding, chart) {
    const host = chart.hosts.get(finding.host);
    if (host && finding.variant === 'node-name' && layout(chart) === 'kubewizard') {
      const want = restoreAt(chart, host.name, '/etc/systemd/system/kubelet.service', '/etc/kubernetes/kubelet.conf');
      if (want.length > 0)
        return { title: `Let the kubelet on ${host.name} register under its own name`, risk: 'restart', want };
    }
    if (host && finding.variant === 'machine-id') {
      // Always the same for the same copy, so that a second run finds nothing to do.
      const id = createHash('sha256')
        .update(`${finding.subject} ${host.name} ${host.address}`)
        .digest('hex')
        .slice(0, 32);
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
    }
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

  teach: finding => [
    {
      host: finding.host,
      command:
        {
          'node-name': 'hostname; ps -o args= -C kubelet | tr " " "\\n" | grep hostname-override',
          'machine-id': 'cat /etc/machine-id',
          mac: 'ip link',
        }[finding.variant] ?? 'hostname',
      answer: finding.shows[0]?.text ?? '',
      healthy: `another answer than that of any other host (here ${finding.shows.at(-1)?.host ?? 'another'} says the same)`,
    },
  ],
});

const identity = (host: HostChart) => ('value' in host.identity ? host.identity.value : undefined);

/** Of hosts with one word in common the first keeps it; each other one is a finding. */
function twins(
  hosts: readonly HostChart[],
  variant: string,
  words: (host: HostChart) => readonly string[],
  says: (word: string, other: string) => string,
): readonly Finding[] {
  const first = new Map<string, HostChart>();
  return hosts.flatMap(host =>
    [...new Set(words(host))]
      .filter(word => word !== '')
      .flatMap((word): readonly Finding[] => {
        const other = first.get(word);
        if (!other) {
          first.set(word, host);
          return [];
        }
        return [
          {
            variant,
            host: host.name,
            subject: word,
            says: `${host.name} ${says(word, other.name)}`,
            shows: [shown(host.identity, variant, word), shown(other.identity, variant, word)],
          },
        ];
      }),
  );
}
