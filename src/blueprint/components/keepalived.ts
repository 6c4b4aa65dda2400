import type { Resource } from '../../model/resource.js';
import { sharedBalancersOf } from '../../model/components.js';
import type { Carried } from '../../model/host-facts.js';
import type { HostContext } from '../input.js';
import { keepalivedConfig, units } from '../render/paths.js';
import { oomScore, supervised, unit } from '../render/unit.js';
import { file, service } from '../wanted.js';
import { carriedBy, lastUsers } from './endpoints.js';
import { keepalivedAfter, steppingBack } from './keepalived-moves.js';
import { steady } from './serves.js';

const stage = 'control-plane';
export const keepalivedUnitFile = `${units}/kw-keepalived.service`;

export const haproxyPid = '/run/kw-haproxy/pid';
const healthSocket = '/run/kw-haproxy/health';
/** Not below /usr/local: keepalived runs no script in a folder that a group may write to. */
export const healthScript = '/etc/kubernetes/keepalived/health';

/**
 * haproxy about itself: `/alive` as long as its loop turns, `/ready` while a server behind it is ready. On a socket of
 * the host: nobody else asks, and no port is taken.
 */
export const healthFrontend = `
frontend health
  mode http
  no log
  timeout client 2s
  bind unix@${healthSocket} mode 600
  http-request return status 503 if { path /ready } { nbsrv(control-planes) lt 1 }
  http-request return status 200
`;

/** Where a host can ask nothing, the pid file has to do: systemd takes it away however the unit ends. */
const healthScriptText = `#!/bin/sh
# Kubewizard: is the load balancer of the API on this host alive, is it ready? Written by kw, do not edit.
if command -v curl >/dev/null; then
  exec curl -sf -m 1 -o /dev/null --unix-socket ${healthSocket} "http://haproxy/$1"
elif command -v socat >/dev/null; then
  printf 'GET /%s HTTP/1.0\\r\\n\\r\\n' "$1" | socat -t 1 - UNIX-CONNECT:${healthSocket} 2>/dev/null | grep -q \
'^HTTP/1.[01] 200'
else
  [ -e ${haproxyPid} ]
fi
`;

export function keepalived(context: HostContext): readonly Resource[] {
  const because = 'the virtual address lives on a host whose load balancer runs';
  const turn = keepalivedAfter(context);
  const parts = [
    file(context, keepalivedConfig, keepalivedText(context), {
      stage,
      because,
      mode: 0o600,
      after: [...lastUsers(context), ...turn],
    }),
    file(context, healthScript, healthScriptText, { stage, because, mode: 0o755 }),
    file(context, keepalivedUnitFile, keepalivedUnit(context), { stage, because }),
  ];
  return [
    ...steppingBack(context),
    ...parts,
    service(
      context,
      'kw-keepalived.service',
      {
        reads: [keepalivedUnitFile, keepalivedConfig, healthScript],
        // A restart would move the address, and end every connection to it.
        reloads: [keepalivedConfig, healthScript],
        ready: steady('kw-keepalived.service'),
        lifeline: true,
      },
      { stage, because, after: [`${context.host.name}/packages/load-balancer`, ...turn] },
      parts,
    ),
  ];
}

const keepalivedText = (context: HostContext): string =>
  `${checks(context)}${carriedBy(context)
    .map(one => instance(context, one))
    .join('')}`;

const checks = ({ host }: HostContext): string =>
  `# Kubewizard: the virtual address of the API. Written by kw, do not edit.
global_defs {
  router_id ${host.name}
  script_user root
  enable_script_security
  vrrp_garp_master_refresh 60
}

# It does not answer: within two seconds the address goes to a host whose load balancer does.
vrrp_script haproxy {
  script "${healthScript} alive"
  interval 1
  timeout 2
  fall 2
  rise 1
}

# It answers, and reaches no API server that is ready. It is given longer: where all have failed at once (a first start,
# a power cut) the address had better stay.
vrrp_script api {
  script "${healthScript} ready"
  interval 2
  timeout 2
  fall 8
  rise 1
}
`;

/**
 * Unicast, because many networks drop multicast; all begin as BACKUP, so that a host that returns does not take the
 * address by force. One for each address: hosts of which one knows of another address and one does not yet go on
 * understanding each other about the first.
 */
function instance({ spec, host, fact }: HostContext, { address, id, instance: name }: Carried): string {
  const all = sharedBalancersOf(spec);
  const peers = all
    .filter(one => one.name !== host.name)
    .map(one => `    ${one.address}\n`)
    .join('');
  return `
vrrp_instance ${name} {
  state BACKUP
  nopreempt
  interface ${fact.interface.name}
  virtual_router_id ${id}
  priority ${200 - all.indexOf(host)}
  advert_int 0.5
  unicast_src_ip ${host.address}
  unicast_peer {
${peers}  }
  virtual_ipaddress {
    ${address}/32 dev ${fact.interface.name}
  }
  track_script {
    haproxy
    api
  }
}
`;
}

const keepalivedUnit = ({ fact }: HostContext): string =>
  unit({
    Unit: {
      Description: 'Virtual address of the Kubernetes API (keepalived)',
      After: 'network-online.target kw-haproxy.service',
      Wants: 'network-online.target',
    },
    Service: {
      ExecStart:
        `/usr/sbin/keepalived --dont-fork --log-console --use-file=${keepalivedConfig} --pid=/run/kw-keepalived.pid ` +
        '--vrrp_pid=/run/kw-keepalived-vrrp.pid',
      ExecReload: '/bin/kill -HUP $MAINPID',
      ...supervised,
      ...oomScore(fact, 'state'),
      KillMode: 'mixed',
    },
    Install: { WantedBy: 'multi-user.target' },
  });
