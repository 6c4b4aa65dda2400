import { defineCase } from '../../../case.js';
import type { Chart } from '../../../chart/chart.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { objectsSeen } from '../../../read/api-objects.js';
import { openEyes, type Eyes } from '../../../read/eyes.js';
import { flagsOf } from '../../../read/flags.js';
import { hostsOf, nodesOf } from '../../../read/hosts.js';
import { kubeletOf } from '../../../read/kubelet.js';
import { kubeletDeeds } from '../../../read/needs.js';
import { can, rbacLists } from '../../../read/rbac.js';
import { certificateText, shown } from '../../../read/shown.js';
import { deedText, whoIs, whoText } from '../../../read/who.js';
import { kubeletCall, unauthorized } from '../../../symptoms.js';
import type { Finding } from '../../../examine/verdict.js';
import { therapy } from './therapy.js';

export default defineCase({
  id: 'apiserver-to-kubelet-forbidden',
  precedence: 380,
  title: 'Kubelets refuse the API server: no logs, no exec',
  variants: {
    unbound: 'the name in --kubelet-client-certificate is bound to nothing that allows it to use kubelets',
    'no-certificate': 'the API server shows kubelets no certificate: to them it is system:anonymous',
    'no-authority': 'a kubelet has no clientCAFile: every certificate is anonymous to it',
  },
  symptoms: [
    { text: /Forbidden \(user=[^,]+, verb=\w+, resource=nodes, subresource=\w+\)/ },
    { text: /user=system:anonymous, verb=\w+, resource=nodes/ },
    { text: /unable to upgrade connection: (Forbidden|Unauthorized)/ },
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
      text: /clusterrolebinding .{0,200}cluster-admin .{0,200}system:(anonymous|unauthenticated)|system:(anonymous|unauthenticated).{0,200}cluster-admin/,
    },
    {
      cure: 'kubelet --anonymous-auth=true --authorization-mode=AlwaysAllow',
      why: 'then everybody on the network runs commands in every pod',
      text: /kubelet.{0,80}(anonymous-auth=true|AlwaysAllow)|authorization:\s*mode: AlwaysAllow/,
    },
  ],

  diagnose(chart) {
    const eyes = openEyes();
    for (const host of hostsOf(chart)) {
      eyes.see(host.processes);
      eyes.see(host.files);
    }
    const asking = nodesOf(chart).filter(
      host => kubeletOf(host).value('authorization.mode', 'authorization-mode') !== 'AlwaysAllow',
    );
    if (asking.length === 0) return eyes.verdict([]);
    return eyes.verdict([
      ...hostsOf(chart, 'controlPlane').flatMap(host => ofServer(chart, host, eyes)),
      ...asking.flatMap(ofKubelet),
    ]);
  },

  therapy,

  teach: finding => [
    finding.variant === 'unbound'
      ? {
          host: 'cluster',
          command: `kubectl auth can-i get nodes --subresource=proxy --as=${finding.subject}`,
          answer: 'no',
          healthy: 'yes',
        }
      : {
          host: finding.host,
          command:
            finding.variant === 'no-certificate'
              ? 'ps -o args= -C kube-apiserver | tr " " "\\n" | grep kubelet-client'
              : `grep -A3 x509 ${finding.subject}`,
          answer: finding.shows[0]?.text ?? finding.says,
          healthy:
            finding.variant === 'no-certificate'
              ? '--kubelet-client-certificate and --kubelet-client-key'
              : 'clientCAFile: /etc/kubernetes/pki/ca.crt',
        },
  ],
});

function ofServer(chart: Chart, host: HostChart, eyes: Eyes): readonly Finding[] {
  const flags = flagsOf(host, 'kube-apiserver').inForce;
  if (!flags) return [];
  const path = flags.get('kubelet-client-certificate');
  if (path === undefined)
    return [
      {
        variant: 'no-certificate',
        host: host.name,
        subject: 'kube-apiserver',
        says: `kube-apiserver on ${host.name} runs without --kubelet-client-certificate, and the kubelets ask who calls: to them it is system:anonymous`,
        shows: [shown(host.processes, 'kube-apiserver', 'no flag --kubelet-client-certificate')],
      },
    ];
  const leaf = eyes.certificate(host, path)?.certificates[0];
  if (!leaf) return [];
  const who = whoIs(leaf);
  if (!who.groups.includes('system:masters')) for (const list of rbacLists.slice(0, 2)) objectsSeen(eyes, chart, list);
  const no = kubeletDeeds.filter(deed => can(chart, who, deed).may === false);
  return no.length === 0
    ? []
    : [
        {
          variant: 'unbound',
          host: host.name,
          subject: who.user,
          says: `kube-apiserver on ${host.name} calls kubelets as ${whoText(who)} (${path}), to whom no binding allows ${no.map(deedText).join(', ')}`,
          shows: [shown(host.certificates, path, certificateText(leaf))],
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
      subject: kubelet.path,
      says: `the kubelet on ${host.name} has no authentication.x509.clientCAFile in ${kubelet.path}, so the API server's certificate means nothing to it: it calls as system:anonymous`,
      shows: [
        shown(host.files, kubelet.path, `authentication: ${JSON.stringify(kubelet.config.authentication ?? {})}`),
      ],
    },
  ];
}
