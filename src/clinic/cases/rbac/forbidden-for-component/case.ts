import { sh } from '../../../../shell/sh.js';
import { type Check, defineCase, type Proven } from '../../../case.js';
import { readEvidence } from '../../../read/evidence-reader.js';
import { canI } from '../../../read/who.js';
import { strangeIdentities, brokenDefaults, deniedAddons } from './diagnose.js';
import { servers } from './servers.js';
import { therapy } from './therapy.js';
import { type Facts, needOf, variants } from './variants.js';
import { pattern } from '../../../../model/pattern.js';

export default defineCase<Facts>({
  id: 'forbidden-for-component',
  precedence: 140,
  title: 'A component of the cluster may not do its work',
  founding: 6,
  variants,
  told: [['component-identity', 'forbidden']],
  symptoms: [
    {
      text: pattern(
        /User "system:(?:kube-scheduler|kube-controller-manager|kube-proxy|(?:node|bootstrap):[^"]+)"/,
        / cannot \w+(?: resource)?/,
      ),
      benign: 'within the first seconds of a new API server, until its default roles are there',
    },
    { text: /User "system:serviceaccount:(?:kube-\w+|calico-\w+):[^"]*" cannot \w+ resource/ },
    // The role itself is one of those that Kubernetes or the component brings.
    { text: /RBAC: \[?(?:cluster)?role\.rbac\.authorization\.k8s\.io "system:[^"]+" not found/ },
    {
      text: pattern(
        /unable to load configmap based request-header-client-ca-file: configmaps /i,
        /"extension-apiserver-authentication" is forbidden/i,
      ),
    },
    { text: /Unable to get configmap\/extension-apiserver-authentication in kube-system/ },
    {
      text: /failed to acquire lease .* is forbidden|error retrieving resource lock .* is forbidden/i,
      benign: 'once, while an API server starts',
    },
  ],
  explains: [
    'control-planes-differ',
    'waiting-for-leader-lease',
    'node-not-ready-cni',
    'forbidden-for-user',
    'probe-misses-its-target',
  ],
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
    const evidence = readEvidence();
    const seen = servers(chart, evidence);
    if (!seen.decides) return evidence.verdict(seen.findings);
    return evidence.verdict([
      ...seen.findings,
      ...brokenDefaults(chart, evidence),
      ...strangeIdentities(chart, evidence, seen.findings.length === 0),
      ...deniedAddons(chart, evidence),
    ]);
  },

  therapy,

  verify: finding => [{ host: finding.host, ...seenBy(finding) }],
});

const seenBy = ({ variant, facts, shows }: Proven<Facts>): Omit<Check, 'host'> => {
  const answer = shows[0]?.text ?? '';
  switch (variant) {
    case 'authorizer':
      return {
        command: 'ps -o args= -C kube-apiserver | tr " " "\\n" | grep authorization-mode',
        answer,
        healthy: '--authorization-mode=Node,RBAC',
      };
    case 'identity':
      return { command: sh`kubectl --kubeconfig ${facts.path} get nodes`, answer, healthy: 'a list of nodes' };
    case 'service-account':
      return {
        command: sh`kubectl auth can-i list services --as=system:serviceaccount:${facts.namespace}:${facts.name}`,
        answer,
        healthy: 'yes',
      };
    default: {
      const need = needOf(facts); // of our own table: nothing in it is to be quoted
      const [permission] = need?.permissions ?? [];
      const words = need && permission ? canI(need.who, permission) : ['auth', 'can-i', '--list'];
      return { command: ['kubectl', ...words].join(' '), answer: 'no', healthy: 'yes' };
    }
  }
};
