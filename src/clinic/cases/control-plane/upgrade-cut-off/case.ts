import { minorOf } from '../../../../catalog/index.js';
import { defineCase, type FoundOf } from '../../../case.js';
import { readEvidence } from '../../../read/evidence-reader.js';
import { isOurs } from '../../../read/supervision.js';
import { sh } from '../../../../shell/sh.js';
import { manifestFolder } from '../../../read/manifests.js';
import { plane, type Plane, planesOf } from './planes.js';
import { quoted, quotedOn } from '../../../read/quote.js';

type Facts = {
  /** `program version` of those that have the newer minor on this host, of those that do not, and of all. */
  readonly 'half-way': {
    readonly newer: readonly string[];
    readonly older: readonly string[];
    readonly all: readonly string[];
    readonly to: string;
  };
  /** `own` and `to`: versions; `ahead`: hosts whose control plane has the newer one; `trace`: kubeadm's folder. */
  readonly 'not-all': {
    readonly own: string;
    readonly to: string;
    readonly ahead: readonly string[];
    readonly trace: string;
  };
};

export default defineCase<Facts>({
  id: 'upgrade-cut-off',
  precedence: 295,
  title: 'An upgrade by kubeadm was cut off: control planes stand on two minors',
  variants: {
    'half-way': {
      means: 'the manifests of one control plane are of two minors, and nobody is upgrading',
      says: ({ host, facts: { newer, older } }) =>
        `on ${host} ${newer.join(', ')} stand beside ${older.join(', ')}: kubeadm’s upgrade ended in between`,
      shows: ({ facts }) => [quoted('files', manifestFolder, facts.all.join('\n'))],
    },
    'not-all': {
      means: 'some control planes were upgraded, and this one was not',
      says: ({ host, facts: { own, to, ahead, trace } }) =>
        `${host} is still ${own}, and ${ahead.join(', ')} ${to} since more than an hour ` +
        `(${trace} is what kubeadm left)`,
      shows: ({ facts: { own, to, ahead } }) => [
        quoted('files', `${manifestFolder}/kube-apiserver.yaml`, own),
        ...ahead.slice(0, 1).map(host => quotedOn(host, 'files', `kube-apiserver on ${host}`, to)),
      ],
    },
  },
  told: [
    ['kubeadm-upgrade', 'interrupted'],
    ['kubeadm-upgrade', 'two-versions', 'control-plane'],
  ],
  symptoms: [
    { text: /\[upgrade\/(?:apply|staticpods)\].{0,120}(?:timed out|couldn't upgrade|FATAL|failed)/i },
    { text: /couldn't upgrade control plane/ },
    {
      text: /kubeadm-(?:upgraded|backup)-manifests/,
      benign: 'each upgrade leaves these folders behind, also one that is done',
    },
    { text: /static Pod hash for component \S+ on Node \S+ did not change after/ },
  ],
  about: [{ who: 'kubeadm', how: 'timed-out' }],
  explains: ['version-skew', 'etcd-members-differ/version'],
  lab: false,
  sources: [
    'https://kubernetes.io/docs/tasks/administer-cluster/kubeadm/kubeadm-upgrade/#recovering-from-a-failure-state',
    'kubernetes/kubeadm#1942',
    'kubernetes/kubeadm#2035',
  ],
  badCures: [
    {
      cure: 'copying the manifests of kubeadm-backup-manifests back',
      why: 'an API server of the newer minor has run and written: the older one need not be able to read it',
      text: /cp .{0,60}kubeadm-backup-manifests/,
    },
    {
      cure: 'kubeadm upgrade apply --force, to go on',
      why: 'without it kubeadm goes on too: what stops it is a reason, and force only hides it',
      text: /kubeadm upgrade (?:apply|node).{0,60}--force/,
    },
  ],

  diagnose(chart) {
    const evidence = readEvidence();
    const planes = planesOf(chart, evidence);
    return evidence.verdict(
      isOurs(chart) || planes.some(one => !one.settled) ? [] : [...planes.flatMap(halfWay), ...notAll(planes)],
    );
  },

  therapy: finding => ({
    refused: 'kubeadm knows what of its upgrade is done and goes on from there: kw does not do half of another’s work',
    advice: [
      finding.variant === 'half-way'
        ? `on ${finding.host}: kubeadm upgrade apply v${finding.facts.to} again, or, where it was ` +
          'not the first one, kubeadm upgrade node'
        : `on ${finding.host}: kubeadm upgrade node, with the kubeadm of ${finding.facts.to}`,
      'before it: kubectl get nodes, etcdctl endpoint health --cluster, and the log of what did not come up in time',
      'after it the kubelet of that host, and then the next host',
    ],
  }),

  verify: finding => [
    {
      host: finding.host,
      command: sh`grep -H 'image:' ${manifestFolder}/*.yaml; ls /etc/kubernetes/tmp`,
      answer: finding.shows[0]?.text ?? '',
      healthy: 'one version of all components of Kubernetes, the same as on the other control planes',
    },
  ],
});

const halfWay = (one: Plane): readonly FoundOf<Facts>[] => {
  const minors = one.components.map(each => minorOf(each.version));
  const [lowest, highest] = [Math.min(...minors), Math.max(...minors)];
  if (one.components.length < 2 || lowest === highest) return [];
  const text = ({ program, version }: Plane['components'][number]): string => `${program} ${version}`;
  const newer = one.components.filter(each => minorOf(each.version) === highest);
  return [
    {
      variant: 'half-way',
      host: one.host.name,
      subject: { to: newer[0]?.version ?? '' },
      facts: {
        newer: newer.map(text),
        older: one.components.filter(each => minorOf(each.version) !== highest).map(text),
        all: one.components.map(text),
        to: newer[0]?.version ?? '',
      },
    },
  ];
};

/** Only those whose own components agree: of the others the first variant speaks. */
function notAll(all: readonly Plane[]): readonly FoundOf<Facts>[] {
  const whole = all.flatMap(one => {
    const version = halfWay(one).length === 0 ? plane(one, 'kube-apiserver') : undefined;
    return version === undefined ? [] : [{ ...one, version }];
  });
  const newest = Math.max(...whole.map(one => minorOf(one.version)));
  const ahead = whole.filter(one => minorOf(one.version) === newest);
  const trace = ahead.flatMap(one => one.trace ?? [])[0];
  const to = ahead[0]?.version;
  if (to === undefined || trace === undefined) return [];
  return whole
    .filter(one => minorOf(one.version) < newest)
    .map(one => ({
      variant: 'not-all' as const,
      host: one.host.name,
      subject: { to },
      facts: { own: one.version, to, ahead: ahead.map(each => each.host.name), trace },
    }));
}
