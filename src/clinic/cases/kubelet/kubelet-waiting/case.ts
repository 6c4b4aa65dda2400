import { defineCase, type FoundOf } from '../../../case.js';
import type { Chart } from '../../../chart/chart.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { readEvidence, type EvidenceReader } from '../../../read/evidence-reader.js';
import { hostsOf, kubernetesVersion } from '../../../read/hosts.js';
import { isOurs } from '../../../read/supervision.js';
import { kubeletOf } from '../../../read/kubelet.js';
import { at } from '../../../read/yaml.js';
import { freshUnit, textFile } from '../../../therapies/files.js';
import { restoreAt } from '../../../therapies/restore.js';
import type { Benign } from '../../../examine/verdict.js';
import { absolutePath } from '../../../../model/path.js';
import { quote } from '../../../../shell/sh.js';
import { idOf, type Resource } from '../../../../model/resource.js';
import { quoted } from '../../../read/quote.js';

type Facts = {
  /** `path`: what --config names; `active` and `sub`: the unit's state, as systemd calls it. */
  readonly 'config-lost': {
    readonly path: string;
    readonly active: string;
    readonly sub: string;
    readonly restarts: number;
  };
};

export default defineCase<Facts>({
  id: 'kubelet-waiting',
  precedence: 580,
  title: 'A kubelet starts again and again because it has no configuration yet',
  variants: {
    'config-lost': {
      means: 'the host belongs to a cluster, and the configuration file of its kubelet is gone',
      says: ({ host, facts: { path, active, sub } }) =>
        `the kubelet on ${host} has a kubeconfig, so the host belongs to a cluster, but ${path}, which --config ` +
        `names, is not there (${active}, ${sub}): it will not start again`,
      shows: ({ facts }) => [
        quoted('units', 'kubelet.service', `${facts.active} (${facts.sub}), ${facts.restarts} restarts`),
      ],
    },
  },
  told: [['kubelet', 'before-init', 'restarts']],
  symptoms: [
    {
      text: /failed to load [Kk]ubelet config file/,
      benign:
        'before kubeadm init or join: the kubelet waits for its configuration, and systemd starts it again every ' +
        'ten seconds',
    },
    {
      text: /open \/var\/lib\/kubelet\/config\.yaml: no such file or directory/,
      benign: 'before kubeadm init or join',
    },
    {
      text: /kubelet\.service: (Main process exited, code=exited, status=(1|255)|Failed with result 'exit-code')/,
      benign: 'before kubeadm init or join',
    },
  ],
  explains: ['node-not-ready-cni'],
  lab: true,
  spare: ['processes'],
  sources: [
    'https://kubernetes.io/docs/setup/production-environment/tools/kubeadm/install-kubeadm/ (the kubelet is now ' +
      'restarting every few seconds)',
    'cmd/kubelet/app/server.go (1.20.2)',
  ],
  badCures: [
    {
      cure: 'systemctl disable kubelet before kubeadm join',
      why: 'kubeadm waits for it: the join fails after its time is up',
      text: /systemctl (disable|mask).{0,10} kubelet/,
    },
  ],

  diagnose(chart) {
    const evidence = readEvidence();
    const all = hostsOf(chart).map(host => read(host, evidence));
    return evidence.verdict(
      all.flatMap(one => one.findings),
      { benign: all.flatMap(one => one.benign) },
    );
  },

  therapy(finding, chart) {
    const host = chart.hosts.get(finding.host);
    const path = absolutePath(finding.facts.path);
    const want =
      !host || path === undefined
        ? []
        : isOurs(chart)
          ? restoreAt(chart, host.name, path)
          : fromCluster(chart, host, path);
    return want.length > 0
      ? { title: `Write ${path} on ${finding.host} again`, risk: 'restart', want }
      : {
          refused: "the cluster's own copy of the configuration was not seen",
          advice: [
            'kubeadm upgrade node phase kubelet-config (writes the file from the ConfigMap of the cluster)',
            'systemctl restart kubelet',
          ],
        };
  },

  verify: ({ host, facts: { path } }) => [
    {
      host,
      command: `journalctl -u kubelet -n 5; ls -l ${quote(path)} /etc/kubernetes/kubelet.conf`,
      answer: `failed to load Kubelet config file ${path} …\nls: cannot access '${path}': No such file or directory`,
      healthy: 'both are there; or neither, on a host that has not joined',
    },
  ],
});

function read(
  host: HostChart,
  evidence: EvidenceReader,
): { readonly findings: readonly FoundOf<Facts>[]; readonly benign: readonly Benign[] } {
  evidence.read(host.processes);
  const unit = evidence.unit(host, 'kubelet');
  const { path, flags } = kubeletOf(host);
  const file = evidence.file(host, path);
  const joined = evidence.kubeconfig(host, flags?.get('kubeconfig') ?? '/etc/kubernetes/kubelet.conf');
  if (!unit || file !== null || joined === undefined) return { findings: [], benign: [] };
  // Without a flag that names it, a kubelet needs no file; the unit of kubeadm's packages always names it.
  if (joined === null)
    return {
      findings: [],
      benign:
        unit.active === 'inactive'
          ? []
          : [
              {
                line: 'failed to load Kubelet config file',
                host: host.name,
                because:
                  `${host.name} has not joined a cluster yet (no kubelet.conf): its kubelet waits for ` +
                  'kubeadm, and systemd starts it again until then',
              },
            ],
    };
  if (!flags?.get('config')) return { findings: [], benign: [] };
  return {
    benign: [],
    findings: [
      {
        variant: 'config-lost',
        host: host.name,
        subject: { path },
        facts: { path, active: unit.active, sub: unit.sub, restarts: unit.restarts },
      },
    ],
  };
}

/** kubeadm keeps it as the ConfigMap kubelet-config-1.20, from 1.24 on kubelet-config. */
function fromCluster(chart: Chart, host: HostChart, path: string): readonly Resource[] {
  const minor = kubernetesVersion(chart)?.split('.').slice(0, 2).join('.');
  const list = chart.api.objects.configmaps;
  const found =
    list && 'value' in list
      ? list.value.find(
          one =>
            one.metadata.namespace === 'kube-system' &&
            [`kubelet-config-${minor}`, 'kubelet-config'].includes(one.metadata.name),
        )
      : undefined;
  const text: unknown = at(found, 'data', 'kubelet');
  if (typeof text !== 'string' || text === '') return [];
  const place = { host: host.name, because: 'the kubelet reads it at its start', stage: 'nodes' as const };
  const file = textFile(path, text, 0o644, place);
  return [file, freshUnit('kubelet.service', [path], { ...place, after: [idOf(file)] })];
}
