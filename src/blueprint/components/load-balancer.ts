import { withRole } from '../../model/cluster.js';
import type { Resource } from '../../model/resource.js';
import { readCertificates } from '../../pki/read.js';
import type { HostContext } from '../input.js';
import { haproxyConfig, keepalivedConfig, pki, units } from '../render/paths.js';
import { apiserverPort, balancersOf } from '../../model/components.js';
import { supervised, unit } from '../render/unit.js';
import { file, service } from '../wanted.js';

const stage = 'control-plane';
const haproxyUnitFile = `${units}/kw-haproxy.service`;
const keepalivedUnitFile = `${units}/kw-keepalived.service`;

export function loadBalancer(site: HostContext): readonly Resource[] {
  return site.spec.endpoint.balance === 'local' ? haproxy(site) : [...haproxy(site), ...keepalived(site)];
}

function haproxy(site: HostContext): readonly Resource[] {
  const because = 'clients find a living API server';
  const parts = [
    file(site, haproxyConfig, haproxyText(site), { stage, because }),
    file(site, haproxyUnitFile, haproxyUnit, { stage, because }),
  ];
  const { name } = site.host;
  return [
    ...parts,
    service(
      site,
      'kw-haproxy.service',
      { reads: [haproxyUnitFile, haproxyConfig, `${pki}/ca.crt`], restartRisk: 'restart' },
      { stage, because, after: [`${name}/packages/load-balancer`, `${name}/file/${pki}/ca.crt`] },
      parts,
    ),
  ];
}

/**
 * A backend is asked for HTTPS /readyz and its certificate is verified: a port that is merely open is no API server
 * (founding case 14). Sessions to a server that went down are closed, so that clients come back at once.
 */
function haproxyText({ spec, authorities }: HostContext): string {
  // Without anonymous requests a server that is alive says 401; whether it is ready it then tells nobody without a
  // name.
  const alive = spec.components.apiserver.extraArgs['anonymous-auth'] === 'false' ? '200,401' : '200';
  const verify = isRoot(authorities.ca) ? `verify required ca-file ${pki}/ca.crt verifyhost kubernetes` : 'verify none';
  const { balance, port } = spec.endpoint;
  const backends = withRole(spec, 'controlPlane').map(
    ({ name, address }) => `  server ${name} ${address}:${apiserverPort} check check-ssl ${verify}\n`,
  );
  return `# Kubewizard: the API's load balancer. Written by kw, do not edit.
global
  maxconn 16384
  no strict-limits
  log stdout format raw local0 notice
  chroot /var/lib/haproxy
  user haproxy
  group haproxy

defaults
  mode tcp
  log global
  option tcplog
  option dontlognull
  option redispatch
  retries 3
  timeout connect 2s
  timeout client 1h
  timeout server 1h
  timeout check 3s
  timeout tunnel 1h

frontend kubernetes-api
  bind ${balance === 'local' ? '127.0.0.1' : '*'}:${port}
  default_backend control-planes

backend control-planes
  balance leastconn
  option httpchk
  http-check send meth GET uri /readyz hdr Host kubernetes
  http-check expect status ${alive}
  default-server inter 2s fastinter 1s downinter 1s fall 2 rise 1 on-marked-down shutdown-sessions
${backends.join('')}`;
}

/**
 * OpenSSL in haproxy 2.6 wants the whole chain up to a root; an owner's intermediate has none here. Only the health
 * check goes without: clients verify the API server themselves, through the load balancer.
 */
const isRoot = (pem: string): boolean => {
  const [authority] = readCertificates(pem).certificates;
  return authority === undefined || authority.subjectDer === authority.issuerDer;
};

const haproxyPid = '/run/kw-haproxy/pid';
const haproxyUnit = unit({
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
    KillMode: 'mixed',
    ...supervised,
    LimitNOFILE: '65536',
  },
  Install: { WantedBy: 'multi-user.target' },
});

function keepalived(site: HostContext): readonly Resource[] {
  const because = 'the virtual address lives on a host whose load balancer runs';
  const parts = [
    file(site, keepalivedConfig, keepalivedText(site), { stage, because }),
    file(site, keepalivedUnitFile, keepalivedUnit, { stage, because }),
  ];
  return [
    ...parts,
    service(
      site,
      'kw-keepalived.service',
      { reads: [keepalivedUnitFile, keepalivedConfig] },
      { stage, because, after: [`${site.host.name}/packages/load-balancer`] },
      parts,
    ),
  ];
}

/**
 * Unicast, because many networks drop multicast; all begin as BACKUP, so that a host that returns does not take the
 * address by force.
 */
function keepalivedText({ spec, host, fact }: HostContext): string {
  const all = balancersOf(spec);
  const peers = all
    .filter(one => one.name !== host.name)
    .map(one => `    ${one.address}\n`)
    .join('');
  return `# Kubewizard: the virtual address of the API. Written by kw, do not edit.
global_defs {
  router_id ${host.name}
  script_user root
  enable_script_security
  vrrp_garp_master_refresh 60
}

vrrp_script haproxy {
  # systemd takes the file away when the unit ends, however it ends; asking systemctl each second costs several times as much.
  script "/usr/bin/test -e ${haproxyPid}"
  interval 1
  fall 2
  rise 1
}

vrrp_instance kubernetes_api {
  state BACKUP
  nopreempt
  interface ${fact.interface.name}
  virtual_router_id ${spec.endpoint.virtualRouterId}
  priority ${200 - all.indexOf(host)}
  advert_int 0.5
  unicast_src_ip ${host.address}
  unicast_peer {
${peers}  }
  virtual_ipaddress {
    ${spec.endpoint.address}/32 dev ${fact.interface.name}
  }
  track_script {
    haproxy
  }
}
`;
}

const keepalivedUnit = unit({
  Unit: {
    Description: 'Virtual address of the Kubernetes API (keepalived)',
    After: 'network-online.target kw-haproxy.service',
    Wants: 'network-online.target',
  },
  Service: {
    ExecStart:
      `/usr/sbin/keepalived --dont-fork --log-console --use-file=${keepalivedConfig} --pid=/run/kw-keepalived.pid ` +
      '--vrrp_pid=/run/kw-keepalived-vrrp.pid',
    ...supervised,
    KillMode: 'mixed',
  },
  Install: { WantedBy: 'multi-user.target' },
});
