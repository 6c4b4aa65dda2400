/** Forms of haproxy.cfg as builders and people write them, each in words of its own: what haproxy makes of it. */
import { expect, test } from 'vitest';
import { backendsIn, type Asking } from '../../../src/clinic/read/balancer/haproxy.js';

interface Form {
  readonly name: string;
  readonly text: string;
  readonly asking: Asking;
  /** `host:port checked|unchecked` of the backend that holds API servers. */
  readonly servers: readonly string[];
}

const forms: readonly Form[] = [
  {
    name: 'the guide of kubeadm for highly available clusters',
    text: `global
    log stdout format raw local0
defaults
    mode http
    option httplog
    timeout client 35s
frontend apiserver
    bind *:8443
    mode tcp
    default_backend apiserverbackend
backend apiserverbackend
    option httpchk
    http-check connect ssl
    http-check send meth GET uri /healthz
    http-check expect status 200
    mode tcp
    balance roundrobin
    server cp1 192.0.2.11:6443 check verify none
    server cp2 192.0.2.12:6443 check verify none
    # [...]
`,
    asking: 'http',
    servers: ['192.0.2.11:6443 checked', '192.0.2.12:6443 checked'],
  },
  {
    name: 'an older form of that guide: of two options the last one holds',
    text: `backend apiserver
    option httpchk GET /healthz
    http-check expect status 200
    mode tcp
    option ssl-hello-chk
    server cp1 192.0.2.11:6443 check
`,
    asking: 'tls',
    servers: ['192.0.2.11:6443 checked'],
  },
  {
    name: 'the proxy that kubespray puts beside each kubelet',
    text: `global
  maxconn 4000
defaults
  mode http
  option http-server-close
  option redispatch
  timeout queue 1m
frontend healthz
  bind 0.0.0.0:8081
  mode http
  monitor-uri /healthz
frontend kube_api_frontend
  bind 127.0.0.1:6443
  mode tcp
  default_backend kube_api_backend
backend kube_api_backend
  mode tcp
  balance leastconn
  default-server inter 15s downinter 15s rise 2 fall 2 slowstart 60s maxconn 1000 maxqueue 256 weight 100
  option httpchk GET /healthz
  http-check expect status 200
  server cp1 192.0.2.11:6443 check check-ssl verify none
  server cp2 192.0.2.12:6443 check check-ssl verify none
`,
    asking: 'http',
    servers: ['192.0.2.11:6443 checked', '192.0.2.12:6443 checked'],
  },
  {
    name: 'checks asked for once, in the defaults; names, IPv6 and a comment among the servers',
    text: `defaults
  default-server check inter 10s fall 2
frontend apiserver
  bind *:8443,:::8443 v6only
  mode tcp
  default_backend apiserver
backend apiserver
  option httpchk
  http-check connect ssl
  http-check send meth GET uri /readyz
  mode tcp
  server cp-1 192.0.2.11:6443 verify none
  server cp-2 cp-2.example.com:6443 verify none
  server cp-3 [2001:db8::13]:6443 verify none
  server cp-5 192.0.2.15:6443 no-check
  # server cp-4 192.0.2.14:6443 check
`,
    asking: 'http',
    servers: [
      '192.0.2.11:6443 checked',
      'cp-2.example.com:6443 checked',
      '2001:db8::13:6443 checked',
      '192.0.2.15:6443 unchecked',
    ],
  },
  {
    name: 'k3s behind one listen section, the option inherited',
    text: `defaults
    mode tcp
    option httpchk GET /ping
listen k3s
    bind :6443
    default-server inter 3s check check-ssl verify none
    server server-1 192.0.2.11:6443
    server server-2 192.0.2.12:6443
`,
    asking: 'http',
    servers: ['192.0.2.11:6443 checked', '192.0.2.12:6443 checked'],
  },
  {
    name: 'RKE2 with an open port as its check',
    text: `backend rke2_api
    mode tcp
    option tcp-check
    balance source
    server s1 192.0.2.11:6443 check fall 3 rise 2
    server s2 192.0.2.12:6443 check fall 3 rise 2
`,
    asking: 'connect',
    servers: ['192.0.2.11:6443 checked', '192.0.2.12:6443 checked'],
  },
  {
    name: 'rules of tcp-check, and a server that is switched off',
    text: `backend api
    option tcp-check
    tcp-check connect ssl
    tcp-check send "GET /readyz HTTP/1.0\\r\\n\\r\\n"
    tcp-check expect string 200
    server s1 192.0.2.11:6443 check
    server s2 192.0.2.12:6443 check disabled
`,
    asking: 'other',
    servers: ['192.0.2.11:6443 checked'],
  },
  {
    name: 'named defaults, and a section that says which it is built on',
    text: `defaults plain
  mode tcp
defaults asked
  option httpchk GET /livez
  default-server check
backend api from asked
  server s1 192.0.2.11:6443 track other/s1
backend web from plain
  server w1 192.0.2.21:80
`,
    asking: 'http',
    servers: ['192.0.2.11:6443 checked'],
  },
  {
    name: 'defaults begin anew with each such section',
    text: `defaults
  option httpchk
  default-server check
defaults
  mode tcp
backend api
  server s1 192.0.2.11:6443
`,
    asking: 'connect',
    servers: ['192.0.2.11:6443 unchecked'],
  },
  {
    name: 'an option taken back, a variable, a socket, quotes',
    text: `defaults
  option httpchk
backend "api"
  no option httpchk
  server "s1" "192.0.2.11:6443" check # the first
  server s2 \${SECOND}:6443 check
  server s3 /run/api.sock check
`,
    asking: 'connect',
    servers: ['192.0.2.11:6443 checked', 'unknown checked', 'unknown checked'],
  },
];

test.each(forms.map(one => [one.name, one] as const))('%s', (_, { text, asking, servers }) => {
  const [backend] = backendsIn(text);
  expect(backend?.asking).toBe(asking);
  expect(
    backend?.servers.map(
      ({ host, port, checked }) =>
        `${host === undefined ? 'unknown' : `${host}:${port}`} ${checked ? 'checked' : 'unchecked'}`,
    ),
  ).toEqual(servers);
});

test('any text is read within a moment, and nothing in it breaks the reader', () => {
  const began = Date.now();
  for (const text of [
    '"'.repeat(50_000),
    '\\'.repeat(50_000),
    "backend x\nserver a '".repeat(3_000),
    'server'.repeat(9_000),
  ])
    expect(Array.isArray(backendsIn(text))).toBe(true);
  expect(Date.now() - began).toBeLessThan(60_000);
});
