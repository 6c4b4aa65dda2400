import { defineCase, type Proven, type Check, type Refusal } from '../../../case.js';
import type { Chart } from '../../../chart/chart.js';
import { readEvidence } from '../../../read/evidence-reader.js';
import { componentStatuses, loopbackOnly } from '../../../symptoms.js';
import { quote } from '../../../../shell/sh.js';
import type { Facts } from './facts.js';
import { balancers, members, replicas, supervision } from './evidence.js';
import { balancerAgain, componentAgain, supervised } from './therapy.js';
import { etcdctl } from '../../../read/commands.js';
import { pattern } from '../../../../model/pattern.js';
import { quoted, quotedOn } from '../../../read/quote.js';
import { asksText, memberList } from './shows.js';

export default defineCase<Facts>({
  id: 'not-highly-available',
  precedence: 180,
  title: 'The control plane is not highly available',
  founding: 14,
  variants: {
    'tcp-check-only': {
      means: 'the load balancer asks API servers for no more than an open port',
      says: ({ host, facts: { asking } }) =>
        `the load balancer on ${host} asks for the health of API servers ${howText[asking]}; a server that listens ` +
        'and is not ready would be served on',
      shows: ({ facts: { path, asking } }) => [quoted('files', path, asksText[asking])],
    },
    'ill-backend-served': {
      means: 'an API server says that it is not ready, and the load balancer still sends clients there',
      says: ({ host, facts: { server, asking } }) =>
        `the API server of ${server} says that it is not ready, but the load balancer on ${host} asks for its health ` +
        `${howText[asking]} and still sends clients there`,
      shows: ({ facts: { path, asking, server, answer } }) => [
        quotedOn(server, 'health', `/readyz of ${server}`, answer),
        quoted('files', path, asksText[asking]),
      ],
    },
    'backend-missing': {
      means: 'the load balancer does not know one of the API servers',
      says: ({ host, facts: { serves, server, address } }) =>
        `the load balancer on ${host} serves ${serves.join(', ')}, but not the API server of ${server} at ${address}`,
      shows: ({ facts }) => [quoted('files', facts.path, facts.serves.map(one => `server ${one}`).join('\n'))],
    },
    'one-replica': {
      means: 'a component of the control plane is set up on one of several control planes',
      says: ({ host, facts: { program, only, masters } }) =>
        `${program} is set up on ${only} alone, and not on ${host}, though ${masters.join(', ')} are control planes: ` +
        `with ${only} it is gone`,
      shows: ({ facts }) => [
        quoted('files', facts.program, 'neither a unit nor a static pod starts it'),
        quotedOn(facts.only, 'files', facts.source ?? facts.program, 'starts it'),
      ],
    },
    'nobody-restarts': {
      means: 'a component’s unit that nobody starts again',
      says: ({ host, facts: { unit, active } }) =>
        `${unit} on ${host} is ${active}, but nobody starts it again when it ends: its Restart= is ‘no’`,
      shows: ({ facts }) => [
        quoted(
          'units',
          facts.unit,
          `Restart=no, ${facts.active} (${facts.sub})` +
            (facts.dropIns.length > 0 ? `, with ${facts.dropIns.join(', ')}` : ''),
        ),
      ],
    },
    'even-etcd': {
      means: 'an even number of etcd members',
      says: ({
        facts: {
          voters: { length },
        },
      }) =>
        `etcd has ${length} voting members, but ${length} of them survive no more losses than ${length - 1} would: ` +
        `${Math.ceil(length / 2) - 1}`,
      shows: memberList,
    },
    'etcd-on-one-host': {
      means: 'several control planes, and all of etcd on one host',
      says: ({ facts: { voters, masters, place } }) =>
        `${masters.join(', ')} are control planes, but all of etcd ` +
        `(${voters.length} ${voters.length === 1 ? 'member' : 'members'}) ` +
        `lives at ${place}: with that host everything is gone`,
      shows: memberList,
    },
  },
  about: [
    { whom: 'api-server', how: 'gateway' },
    { who: 'kubectl', whom: 'api-server', how: 'half-gone' },
  ],
  told: [['only-two', 'one-down']],
  symptoms: [
    {
      text: /\[-\].{0,60} failed: reason withheld/,
      benign: 'a server that has just started is not ready for some seconds',
    },
    {
      text: /unexpected EOF|http2: client connection lost/,
      benign: 'one lost connection: a server or balancer was restarted',
    },
    {
      text: /TLS handshake error from .{1,60}: EOF/,
      benign: 'a health check that opens a port and goes away: it is a TCP check, which is this case, or a port scan',
    },
    { text: /doesn't have a stable controlPlaneEndpoint address/ },
    { text: /No server is available to handle this request/ },
    { text: /has no server available!|is DOWN, reason: Layer\d|0 active and 0 backup servers left/ },
    {
      text: pattern(
        /\b(?:three|two|several|3|2|other) (?:masters?|control planes?|api ?servers?)\b.{0,200}/i,
        /\b(?:down|off|dead|gone|shut\w*|stopped)\b/,
        /|haproxy\b.{0,80}(?:exhaust|maxconn)/i,
      ),
    },
    { text: loopbackOnly },
    { text: /Unable to connect to the server: (EOF|net\/http: TLS handshake timeout)/, open: true },
    {
      text: componentStatuses,
      benign:
        'kubectl get cs asks the ports 10251 and 10252, which are closed by default since 1.18.6: look at /livez of ' +
        'the components instead',
    },
  ],
  explains: [],
  lab: true,
  sources: [
    'Founding talk, case 14',
    'https://kubernetes.io/docs/setup/production-environment/tools/kubeadm/high-availability/',
    'https://etcd.io/docs/v3.4/faq/',
  ],
  badCures: [
    {
      cure: 'a fourth etcd member for more safety',
      why: 'four members survive one loss, as three do, and one more can fail',
    },
    {
      cure: 'longer timeouts in the clients',
      why: 'they wait longer for a server that does not answer; the balancer must know it',
    },
  ],

  diagnose(chart) {
    const evidence = readEvidence();
    return evidence.verdict([
      ...balancers(chart, evidence),
      ...replicas(chart, evidence),
      ...supervision(chart, evidence),
      ...members(chart, evidence),
    ]);
  },

  therapy(finding, chart) {
    const host = chart.hosts.get(finding.host);
    switch (finding.variant) {
      case 'even-etcd':
        return etcdRefused('add one member on a further host, or remove one: 3 or 5 in all');
      case 'etcd-on-one-host':
        return etcdRefused(
          'have three members: with kubeadm join two more control planes; of a cluster that kw built give two more ' +
            'hosts the role etcd in the cluster file, and kw up lets them join, one after another',
        );
      case 'one-replica': {
        const { program } = finding.facts;
        const want = host ? componentAgain(chart, host, program) : [];
        return want.length > 0
          ? { title: `Set up ${program} on ${finding.host}`, risk: 'restart', want }
          : {
              refused: `${program} on ${finding.host} needs files that only its builder makes`,
              advice: [
                `kubeadm init phase control-plane ${program.replace('kube-', '')} on ${finding.host}`,
                'or join the host again as a control plane',
              ],
            };
      }
      case 'nobody-restarts': {
        const { unit } = finding.facts;
        const want = host ? supervised(chart, host, unit) : [];
        return want.length > 0
          ? { title: `Have ${unit} on ${finding.host} started again for ever`, risk: 'restart', want }
          : ownBalancer;
      }
      default: {
        const want = host ? balancerAgain(chart, host, finding.facts.path) : [];
        const title = `Have API servers asked for /readyz by ${finding.host}, all of them`;
        return want.length > 0 ? { title, risk: 'restart', want } : ownBalancer;
      }
    }
  },

  verify: (finding, chart) => [{ host: finding.host, ...check(finding, chart) }],
});

const howText = {
  none: 'not at all',
  connect: 'only by opening a TCP connection',
  tls: 'only by a TLS greeting (of two options for checks the last one holds)',
} as const;

const etcdRefused = (how: string): Refusal => ({
  refused: 'which host joins or leaves etcd is its owner’s decision: it moves data',
  advice: [
    how,
    'take a snapshot first: etcdctl snapshot save',
    'one member at a time, each healthy before the next: etcdctl endpoint health --cluster',
  ],
});

const ownBalancer: Refusal = {
  refused: 'this load balancer is its owner’s: nobody knows what else it serves',
  advice: [
    'option httpchk; http-check send meth GET uri /readyz; http-check expect status 200',
    'server NAME ADDRESS:6443 check check-ssl verify required ca-file …, one line for every API server',
    'haproxy -c -f FILE, then reload it',
  ],
};

const check = (finding: Proven<Facts>, chart: Chart): Omit<Check, 'host'> => {
  switch (finding.variant) {
    case 'even-etcd':
    case 'etcd-on-one-host':
      return {
        command: etcdctl(chart, finding.host, 'member list -w table'),
        answer: finding.shows[0]?.text ?? '',
        healthy: 'three or five members on as many hosts',
      };
    case 'nobody-restarts':
      return {
        command: `systemctl show -p Restart ${quote(finding.facts.unit)}`,
        answer: 'Restart=no',
        healthy: 'Restart=always',
      };
    case 'one-replica':
      return {
        command: `systemctl status ${finding.facts.program}; ls /etc/kubernetes/manifests`,
        answer: 'no such unit, and no such manifest',
        healthy: 'one of both on every control plane',
      };
    default:
      return {
        command: `grep -nE 'httpchk|server ' ${quote(finding.facts.path)}`,
        answer: finding.shows.at(-1)?.text ?? '',
        healthy: 'option httpchk, and a server line with check for every API server',
      };
  }
};
