import { sh } from '../../../../shell/sh.js';
import { defineCase } from '../../../case.js';
import type { Chart } from '../../../chart/chart.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { objectsSeen } from '../../../read/api-objects.js';
import { readEvidence, type EvidenceReader } from '../../../read/evidence-reader.js';
import { flagsOf } from '../../../read/flags.js';
import { hostsOf, nodesOf } from '../../../read/hosts.js';
import { kubeletOf } from '../../../read/kubelet.js';
import { kubeletPermissions } from '../../../read/needs.js';
import { can, rbacLists } from '../../../read/rbac.js';
import { whoIs } from '../../../read/who.js';
import { kubeletCall, unauthorized } from '../../../symptoms.js';
import { therapy } from './therapy.js';
import { type Facts, type Finding, variants } from './variants.js';
import { pattern } from '../../../../model/pattern.js';

export default defineCase<Facts>({
  id: 'apiserver-to-kubelet-forbidden',
  precedence: 380,
  title: 'Kubelets refuse the API server: no logs, no exec',
  variants,
  told: [['kubelet-client-user'], ['kubelet-call', 'forbidden'], ['kubelet-client-user', 'kubelet-call']],
  symptoms: [
    { text: /Forbidden \(user=[^,]+, verb=\w+, resource=nodes, subresource=\w+\)/ },
    { text: /user=system:anonymous, verb=\w+, resource=nodes/ },
    { text: /unable to upgrade connection: (Forbidden|Unauthorized)/ },
    { text: /provide credentials \(? ?(?:get )?pods\/(?:log|exec|attach|portforward)/ },
    { text: kubeletCall },
    { text: unauthorized },
  ],
  explains: [],
  lab: true,
  // Nodes are of no namespace: Roles and their bindings decide nothing here.
  spare: ['files', 'roles.rbac.authorization.k8s.io', 'rolebindings.rbac.authorization.k8s.io'],
  sources: ['kubernetes/kubernetes#56277', 'kubernetes/kubernetes#55872', 'kubernetes/website#37085'],
  badCures: [
    {
      cure: 'kubectl create clusterrolebinding … --clusterrole=cluster-admin --user=system:anonymous',
      why: 'then everybody on the network is master of the cluster',
      text: pattern(
        /clusterrolebinding .{0,200}cluster-admin .{0,200}system:(anonymous|unauthenticated)/,
        /|system:(anonymous|unauthenticated).{0,200}cluster-admin/,
      ),
    },
    {
      cure: 'kubelet --anonymous-auth=true --authorization-mode=AlwaysAllow',
      why: 'then everybody on the network runs commands in every pod',
      text: /kubelet.{0,80}(anonymous-auth=true|AlwaysAllow)|authorization:\s*mode: AlwaysAllow/,
    },
  ],

  diagnose(chart) {
    const evidence = readEvidence();
    for (const host of hostsOf(chart)) {
      evidence.read(host.processes);
      evidence.read(host.files);
    }
    const asking = nodesOf(chart).filter(
      host => kubeletOf(host).value('authorization.mode', 'authorization-mode') !== 'AlwaysAllow',
    );
    if (asking.length === 0) return evidence.verdict([]);
    return evidence.verdict([
      ...hostsOf(chart, 'controlPlane').flatMap(host => ofServer(chart, host, evidence)),
      ...asking.flatMap(ofKubelet),
    ]);
  },

  therapy,

  verify: finding => [
    finding.variant === 'unbound'
      ? {
          host: 'cluster',
          command: sh`kubectl auth can-i get nodes --subresource=proxy --as=${finding.facts.who.user}`,
          answer: 'no',
          healthy: 'yes',
        }
      : {
          host: finding.host,
          answer: finding.shows[0]?.text ?? '',
          ...(finding.variant === 'no-certificate'
            ? {
                command: 'ps -o args= -C kube-apiserver | tr " " "\\n" | grep kubelet-client',
                healthy: '--kubelet-client-certificate and --kubelet-client-key',
              }
            : {
                command: sh`grep -A3 x509 ${finding.facts.path}`,
                healthy: 'clientCAFile: /etc/kubernetes/pki/ca.crt',
              }),
        },
  ],
});

function ofServer(chart: Chart, host: HostChart, evidence: EvidenceReader): readonly Finding[] {
  const { inForce: flags, elsewhere } = flagsOf(host, 'kube-apiserver');
  if (!flags) return [];
  const path = flags.get('kubelet-client-certificate');
  if (path === undefined && elsewhere) {
    evidence.note(host.name, 'kube-apiserver', 'it is told by a file that kw does not read, and flags do not say all');
    return [];
  }
  if (path === undefined)
    return [
      {
        variant: 'no-certificate',
        host: host.name,
        subject: { program: 'kube-apiserver' },
        facts: {},
      },
    ];
  const leaf = evidence.certificate(host, path)?.certificates[0];
  if (!leaf) return [];
  const who = whoIs(leaf);
  if (!who.groups.includes('system:masters'))
    for (const list of rbacLists.slice(0, 2)) objectsSeen(evidence, chart, list);
  const no = kubeletPermissions.filter(permission => can(chart, who, permission).may === false);
  return no.length === 0
    ? []
    : [
        {
          variant: 'unbound',
          host: host.name,
          subject: { user: who.user },
          facts: { path, who, denied: no, leaf },
        },
      ];
}

function ofKubelet(host: HostChart): readonly Finding[] {
  const kubelet = kubeletOf(host);
  // Nothing is said of a configuration that was not seen.
  if (
    !kubelet.flags ||
    kubelet.config === undefined ||
    kubelet.value('authentication.x509.clientCAFile', 'client-ca-file')
  )
    return [];
  return [
    {
      variant: 'no-authority',
      host: host.name,
      subject: { path: kubelet.path },
      facts: { path: kubelet.path, authentication: kubelet.config.authentication ?? {} },
    },
  ];
}
