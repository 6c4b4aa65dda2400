import { sh } from '../../../../shell/sh.js';
import { pattern } from '../../../../model/pattern.js';
import { type Check, defineCase, type Proven } from '../../../case.js';
import { readEvidence } from '../../../read/evidence-reader.js';
import { administrators } from './administrators.js';
import { bindings, workloads } from './objects.js';
import { therapy } from './therapy.js';
import { type Facts, variants } from './variants.js';

export default defineCase<Facts>({
  id: 'forbidden-for-user',
  precedence: 150,
  title: 'A user or service account may not do what was meant for it',
  founding: 5,
  variants,
  told: [['roles', 'forbidden']],
  symptoms: [
    { text: /Error from server \(Forbidden\)/, benign: 'the user is not meant to do this: the answer is right then' },
    {
      text: pattern(
        /is forbidden: User "(?!system:(?:kube-|nodes?[:"]|bootstrap:|serviceaccount:(?:kube-|calico-)))/,
        /[^"]+" cannot \w+ resource "[^"]+"/,
      ),
      benign: 'the user is not meant to do this: the answer is right then',
    },
    {
      text: /User "system:serviceaccount:(?!kube-|calico-)[^"]+" cannot \w+ resource/,
      benign: 'the program is not meant to do this: the answer is right then',
    },
    { text: /RBAC: \[?(cluster)?role\.rbac\.authorization\.k8s\.io "(?!system:)[^"]+" not found/ },
    { text: /error looking up service account [^ ]+: serviceaccount "[^"]+" not found/ },
    { text: /User "kubernetes-admin" cannot/ },
    { text: /User "'[^"]*'"/ },
  ],
  explains: [],
  lab: true,
  sources: [
    'kubernetes/kubernetes#121305',
    'kubernetes/kubeadm#2414',
    'https://kubernetes.io/docs/reference/access-authn-authz/rbac/',
  ],
  badCures: [
    {
      cure:
        'kubectl create clusterrolebinding … --clusterrole=cluster-admin --user=… (or ' +
        '--group=system:authenticated)',
      why: 'it gives everything for ever to one who needed one verb; the smallest role is enough',
      text: /clusterrolebinding .{0,200}--clusterrole[= ]cluster-admin/,
    },
  ],

  diagnose(chart) {
    const evidence = readEvidence();
    return evidence.verdict([
      ...administrators(chart, evidence),
      ...bindings(chart, evidence),
      ...workloads(chart, evidence),
    ]);
  },

  therapy,

  verify: finding => [{ host: finding.host, ...seenBy(finding) }],
});

const seenBy = ({ variant, facts, shows }: Proven<Facts>): Omit<Check, 'host'> => {
  switch (variant) {
    case 'administrator':
      return { command: sh`kubectl --kubeconfig ${facts.path} auth can-i '*' '*'`, answer: 'no', healthy: 'yes' };
    case 'cluster-admin':
      return {
        command: 'kubectl get clusterrole cluster-admin -o yaml',
        answer: 'Error from server (NotFound): clusterroles.rbac.authorization.k8s.io "cluster-admin" not found',
        healthy: 'rules with "*" for verbs and resources',
      };
    case 'service-account':
      return {
        command: sh`kubectl -n ${facts.namespace} get serviceaccount ${facts.name}`,
        answer: `Error from server (NotFound): serviceaccounts "${facts.name}" not found`,
        healthy: 'one line with its name',
      };
    default:
      return {
        command:
          facts.namespace === undefined
            ? sh`kubectl get clusterrolebinding ${facts.binding} -o json`
            : sh`kubectl -n ${facts.namespace} get rolebinding ${facts.binding} -o json`,
        answer: shows[0]?.text ?? '',
        healthy:
          variant === 'subject'
            ? 'the user stands there as the server sees it, without quotes'
            : 'a roleRef that exists: kubectl get roles,clusterroles -A',
      };
  }
};
