import { withRole } from '../../model/cluster.js';
import type { Resource } from '../../model/resource.js';
import { readCertificates } from '../../pki/read.js';
import type { HostContext } from '../input.js';
import { haproxyConfig, pki, units } from '../render/paths.js';
import { apiserverPort, sharedBalancersOf } from '../../model/components.js';
import { bindsOf, lastUsers } from './endpoints.js';
import { bySize } from '../sizes/by-hosts.js';
import { oomScore, supervised, unit } from '../render/unit.js';
import { haproxyPid, healthFrontend, keepalived } from './keepalived.js';
import { file, service } from '../wanted.js';

const stage = 'control-plane';
export const haproxyUnitFile = `${units}/kw-haproxy.service`;

export function loadBalancer(context: HostContext): readonly Resource[] {
  const shared = sharedBalancersOf(context.spec).includes(context.host);
  return shared ? [...haproxy(context), ...keepalived(context)] : haproxy(context);
}

function haproxy(context: HostContext): readonly Resource[] {
  const because = 'clients find a living API server';
  const parts = [
    file(context, haproxyConfig, haproxyText(context), { stage, because, mode: 0o600, after: lastUsers(context) }),
    file(context, haproxyUnitFile, haproxyUnit(context), { stage, because }),
  ];
  const { name } = context.host;
  return [
    ...parts,
    service(
      context,
      'kw-haproxy.service',
      {
        reads: [haproxyUnitFile, haproxyConfig, `${pki}/ca.crt`],
        // The sockets are handed over, and what is open stays with the old process.
        reloads: [haproxyConfig, `${pki}/ca.crt`],
        restartRisk: 'restart',
        lifeline: true,
      },
      { stage, because, after: [`${name}/packages/load-balancer`, `${name}/file/${pki}/ca.crt`] },
      parts,
    ),
  ];
}

/**
 * A backend is asked for HTTPS /readyz and its certificate is verified: a port that is merely open is not an API server
 * (founding case 14). Sessions to a server that went down are closed, so that clients come back at once. One that says
 * that it is being stopped takes no new ones and keeps those that it has: it answers until it ends, and what is under
 * way would be cut off.
 *
 * A host that is gone does not even refuse: each of two checks takes the whole second that a connection may take. Until
 * then a connection that is led there tries another server next, not the same one three times.
 */
function haproxyText(context: HostContext): string {
  const { spec, authorities } = context;
  // Without anonymous requests a server that is alive says 401; whether it is ready it then tells nobody without a
  // name.
  const alive = spec.components.apiserver.extraArgs['anonymous-auth'] === 'false' ? '200,401' : '200';
  const verify = isRoot(authorities.ca) ? `verify required ca-file ${pki}/ca.crt verifyhost kubernetes` : 'verify none';
  const backends = withRole(spec, 'controlPlane').map(
    ({ name, address }) => `  server ${name} ${address}:${apiserverPort} check check-ssl ${verify}\n`,
  );
  return `# Kubewizard: the API's load balancer. Written by kw, do not edit.
${processText(bySize(spec).connections)}frontend kubernetes-api
${bindsOf(context)
  .map(one => `  bind ${one}\n`)
  .join('')}  default_backend control-planes

backend control-planes
  balance leastconn
  option httpchk
  http-check send meth GET uri /readyz hdr Host kubernetes
  http-check expect ! string "[-]shutdown failed" error-status L7OKC
  http-check expect status ${alive}
  default-server inter 2s fastinter 500ms downinter 1s fall 2 rise 1 on-marked-down shutdown-sessions
${backends.join('')}${sharedBalancersOf(spec).includes(context.host) ? healthFrontend : ''}`;
}

/** What holds for the whole process, and for each of its frontends and backends. */
const processText = (connections: number): string => `global
  maxconn ${connections}
  no strict-limits
  hard-stop-after 10m
  log stdout format raw local0 notice
  chroot /var/lib/haproxy
  user haproxy
  group haproxy

defaults
  mode tcp
  log global
  option tcplog
  option dontlognull
  option redispatch 1
  retries 3
  timeout connect 1s
  timeout client 1h
  timeout server 1h
  timeout check 3s
  timeout tunnel 1h

`;

/**
 * OpenSSL in haproxy 2.6 wants the whole chain up to a root; an owner's intermediate has none here. Only the health
 * check goes without: clients verify the API server themselves, through the load balancer.
 */
export const isRoot = (pem: string): boolean => {
  const [authority] = readCertificates(pem).certificates;
  return authority === undefined || authority.subjectDer === authority.issuerDer;
};

const haproxyUnit = ({ fact }: HostContext): string =>
  unit({
    Unit: {
      Description: 'Load balancer of the Kubernetes API (haproxy)',
      After: 'network-online.target',
      Wants: 'network-online.target',
      Before: 'kubelet.service',
    },
    Service: {
      Type: 'notify',
      RuntimeDirectory: 'kw-haproxy',
      ExecStart: `/usr/sbin/haproxy -Ws -f ${haproxyConfig} -p ${haproxyPid}`,
      ExecReload: [`/usr/sbin/haproxy -c -q -f ${haproxyConfig}`, '/bin/kill -USR2 $MAINPID'],
      KillMode: 'mixed',
      ...supervised,
      ...oomScore(fact, 'state'),
      // Two for each connection.
      LimitNOFILE: '131072',
    },
    Install: { WantedBy: 'multi-user.target' },
  });
