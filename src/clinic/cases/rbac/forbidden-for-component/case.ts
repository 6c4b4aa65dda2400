import { defineCase } from '../../../case.js';
import { openEyes } from '../../../read/eyes.js';
import { canI } from '../../../read/who.js';
import { components, everywhere, serviceAccounts } from './diagnose.js';
import { servers } from './servers.js';
import { therapy } from './therapy.js';
import { needOf } from './need-of.js';

export default defineCase({
  id: 'forbidden-for-component',
  precedence: 140,
  title: 'A component of the cluster may not do its work',
  founding: 6,
  variants: {
    binding: 'a default binding is missing, names other subjects, or points to another role',
    role: 'a default role is missing or lacks rules of this version',
    identity: "the component's certificate shows a name or groups to which nothing is bound",
    authorizer: 'an API server runs without the authorizer by which components are allowed',
    'service-account': 'the service account of an addon (DNS, kube-proxy, overlay) is not bound',
  },
  symptoms: [
    {
      text: /User "system:(kube-scheduler|kube-controller-manager|kube-proxy|node:[^"]*)" cannot \w+ resource/,
      benign: 'within the first seconds of a new API server, until its default roles are there',
    },
    { text: /User "system:serviceaccount:kube-system:[^"]*" cannot \w+ resource/ },
    {
      text: /unable to load configmap based request-header-client-ca-file: configmaps "extension-apiserver-authentication" is forbidden/i,
    },
    { text: /Unable to get configmap\/extension-apiserver-authentication in kube-system/ },
    {
      text: /failed to acquire lease .* is forbidden|error retrieving resource lock .* is forbidden/i,
      benign: 'once, while an API server starts',
    },
  ],
  explains: ['waiting-for-leader-lease', 'node-not-ready-cni', 'forbidden-for-user'],
  lab: true,
  spare: ['certificates'],
  sources: [
    'kubernetes/kubernetes pkg plugin/pkg/auth/authorizer/rbac/bootstrappolicy/policy.go (1.20.2)',
    'https://kubernetes.io/docs/reference/access-authn-authz/rbac/#default-roles-and-role-bindings',
  ],
  badCures: [
    {
      cure: 'kubectl create clusterrolebinding … --clusterrole=cluster-admin',
      why: 'it makes a component, and whoever takes its key, master of the cluster; the default role is enough',
    },
    {
      cure: '--authorization-mode=AlwaysAllow',
      why: 'then everybody may do everything',
      text: /--authorization-mode[= ]\S{0,40}AlwaysAllow/,
    },
  ],

  diagnose(chart) {
    const eyes = openEyes();
    const seen = servers(chart, eyes);
    if (!seen.decides) return eyes.verdict(seen.findings);
    return eyes.verdict([
      ...seen.findings,
      ...everywhere(chart, eyes),
      ...components(chart, eyes, seen.findings.length === 0),
      ...serviceAccounts(chart, eyes),
    ]);
  },

  therapy,

  teach(finding) {
    const need = needOf(finding);
    if (need?.deeds[0])
      return [
        {
          host: finding.host,
          command: `kubectl ${canI(need.who, need.deeds[0]).join(' ')}`,
          answer: 'no',
          healthy: 'yes',
        },
      ];
    return [
      {
        host: finding.host,
        command:
          finding.variant === 'authorizer'
            ? 'ps -o args= -C kube-apiserver | tr " " "\\n" | grep authorization-mode'
            : finding.variant === 'identity'
              ? `kubectl --kubeconfig ${finding.subject} get nodes`
              : `kubectl auth can-i list services --as=system:serviceaccount:${finding.subject.replace('/', ':')}`,
        answer: finding.shows[0]?.text ?? finding.says,
        healthy:
          finding.variant === 'authorizer'
            ? '--authorization-mode=Node,RBAC'
            : finding.variant === 'identity'
              ? 'a list of nodes'
              : 'yes',
      },
    ];
  },
});
