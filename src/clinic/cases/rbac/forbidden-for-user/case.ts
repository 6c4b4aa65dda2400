import { defineCase } from '../../../case.js';
import { openEyes } from '../../../read/eyes.js';
import { administrators } from './administrators.js';
import { bindings, workloads } from './objects.js';
import { therapy } from './therapy.js';

export default defineCase({
  id: 'forbidden-for-user',
  precedence: 150,
  title: 'A user or service account may not do what was meant for it',
  founding: 5,
  variants: {
    administrator: "the administrator's certificate shows a name and groups to which nothing is bound",
    'cluster-admin': 'the role cluster-admin is missing or narrowed: whoever is bound to it may do nothing',
    'role-absent': 'a binding points to a role that does not exist, and so grants nothing',
    subject: 'a binding names its subject with quotes or blanks that no credential has',
    'service-account': 'a workload runs as a service account that does not exist',
  },
  symptoms: [
    { text: /Error from server \(Forbidden\)/, benign: 'the user is not meant to do this: the answer is right then' },
    {
      text: /is forbidden: User "[^"]+" cannot \w+ resource "[^"]+"/,
      benign: 'the user is not meant to do this: the answer is right then',
    },
    { text: /RBAC: (cluster)?role\.rbac\.authorization\.k8s\.io "[^"]+" not found/ },
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
      cure: 'kubectl create clusterrolebinding … --clusterrole=cluster-admin --user=… (or --group=system:authenticated)',
      why: 'it gives everything for ever to one who needed one verb; the smallest role is enough',
      text: /clusterrolebinding .{0,200}--clusterrole[= ]cluster-admin/,
    },
  ],

  diagnose(chart) {
    const eyes = openEyes();
    return eyes.verdict([...administrators(chart, eyes), ...bindings(chart, eyes), ...workloads(chart, eyes)]);
  },

  therapy,

  teach(finding) {
    const [namespace, name] = finding.subject.split('/');
    const binding = finding.subject.includes('/')
      ? `kubectl -n ${namespace} get rolebinding ${name} -o json`
      : `kubectl get clusterrolebinding ${namespace} -o json`;
    const rows = {
      administrator: [`kubectl --kubeconfig ${finding.subject} auth can-i '*' '*'`, 'no', 'yes'],
      'cluster-admin': [
        'kubectl get clusterrole cluster-admin -o yaml',
        'Error from server (NotFound): clusterroles.rbac.authorization.k8s.io "cluster-admin" not found',
        'rules with "*" for verbs and resources',
      ],
      'role-absent': [
        binding,
        finding.shows[0]?.text ?? '',
        'a roleRef that exists: kubectl get roles,clusterroles -A',
      ],
      subject: [binding, finding.shows[0]?.text ?? '', 'the user stands there as the server sees it, without quotes'],
      'service-account': [
        `kubectl -n ${namespace} get serviceaccount ${name}`,
        `Error from server (NotFound): serviceaccounts "${name}" not found`,
        'one line with its name',
      ],
    } as Readonly<Record<string, readonly [string, string, string]>>;
    const [command, answer, healthy] = rows[finding.variant] ?? [
      'kubectl auth can-i --list',
      'the deed is not listed',
      'the deed is listed',
    ];
    return [{ host: finding.host, command, answer, healthy }];
  },
});
