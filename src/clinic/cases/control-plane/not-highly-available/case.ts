import { defineCase } from '../../../case.js';
import { openEyes } from '../../../read/eyes.js';
import { balancers, members, replicas, supervision } from './look.js';
import { balancerAgain, componentAgain, supervised } from './therapy.js';
import { etcdctl } from '../../../read/commands.js';

export default defineCase({
  id: 'not-highly-available',
  precedence: 180,
  title: 'High availability that is none',
  founding: 14,
  variants: {
    'tcp-check-only': 'the load balancer asks API servers for no more than an open port',
    'ill-backend-served': 'an API server says that it is not ready, and the load balancer still sends clients there',
    'backend-missing': 'the load balancer does not know one of the API servers',
    'one-replica': 'a component of the control plane is set up on one of several control planes',
    'nobody-restarts': 'a component’s unit that nobody starts again',
    'even-etcd': 'an even number of etcd members',
    'etcd-on-one-host': 'several control planes, and all of etcd on one host',
  },
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
    { text: /has no server available!/ },
    { text: /Unable to connect to the server: (EOF|net\/http: TLS handshake timeout)/ },
    {
      text: /127\.0\.0\.1:1025[12]\/healthz|(scheduler|controller-manager) +Unhealthy|get (cs|componentstatus(es)?)\b.{0,40}Unhealthy/,
      benign:
        'kubectl get cs asks the ports 10251 and 10252, which are closed by default since 1.18.6: look at /livez of the components instead',
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
    const eyes = openEyes();
    return eyes.verdict([
      ...balancers(chart, eyes),
      ...replicas(chart, eyes),
      ...supervision(chart, eyes),
      ...members(chart, eyes),
    ]);
  },

  therapy(finding, chart) {
    const host = chart.hosts.get(finding.host);
    if (finding.variant === 'even-etcd' || finding.variant === 'etcd-on-one-host')
      return {
        refused: 'which host joins or leaves etcd is its owner’s decision: it moves data',
        advice: [
          finding.variant === 'even-etcd'
            ? 'add one member on a further host, or remove one: 3 or 5 in all'
            : 'give etcd to three hosts: with kubeadm join two more control planes, with kw give the role etcd in the cluster file',
          'take a snapshot first: etcdctl snapshot save',
          'one member at a time, each healthy before the next: etcdctl endpoint health --cluster',
        ],
      };
    const want = !host
      ? []
      : finding.variant === 'one-replica'
        ? componentAgain(chart, host, finding.subject)
        : finding.variant === 'nobody-restarts'
          ? supervised(chart, host, finding.subject)
          : balancerAgain(chart, host, finding.subject);
    if (want.length > 0)
      return {
        title:
          finding.variant === 'one-replica'
            ? `Set up ${finding.subject} on ${finding.host}`
            : finding.variant === 'nobody-restarts'
              ? `Have ${finding.subject} on ${finding.host} started again for ever`
              : `Have API servers asked for /readyz by ${finding.host}, all of them`,
        risk: 'restart',
        want,
      };
    return finding.variant === 'one-replica'
      ? {
          refused: `${finding.subject} on ${finding.host} needs files that only its builder makes`,
          advice: [
            `kubeadm init phase control-plane ${finding.subject.replace('kube-', '')} on ${finding.host}`,
            'or join the host again as a control plane',
          ],
        }
      : {
          refused: 'this load balancer is its owner’s: nobody knows what else it serves',
          advice: [
            'option httpchk; http-check send meth GET uri /readyz; http-check expect status 200',
            'server NAME ADDRESS:6443 check check-ssl verify required ca-file …, one line for every API server',
            'haproxy -c -f FILE, then reload it',
          ],
        };
  },

  teach: (finding, chart) => [
    finding.variant.includes('etcd')
      ? {
          host: finding.host,
          command: etcdctl(chart, finding.host, 'member list -w table'),
          answer: finding.shows[0]?.text ?? '',
          healthy: 'three or five members on as many hosts',
        }
      : finding.variant === 'nobody-restarts'
        ? {
            host: finding.host,
            command: `systemctl show -p Restart ${finding.subject}`,
            answer: 'Restart=no',
            healthy: 'Restart=always',
          }
        : finding.variant === 'one-replica'
          ? {
              host: finding.host,
              command: `systemctl status ${finding.subject}; ls /etc/kubernetes/manifests`,
              answer: 'no such unit, and no such manifest',
              healthy: 'one of both on every control plane',
            }
          : {
              host: finding.host,
              command: `grep -nE 'httpchk|server ' ${finding.subject.split(' ')[0]}`,
              answer: finding.shows.at(-1)?.text ?? '',
              healthy: 'option httpchk, and a server line with check for every API server',
            },
  ],
});
