import { defineFault, firstWorker, type LabCluster } from '../fault.js';
import { sh } from '../../../shell/sh.js';

const config = '/etc/kubernetes/keepalived/keepalived.conf';
const lastControlPlane = (lab: LabCluster): string =>
  lab.hosts.filter(host => host.roles.includes('controlPlane')).at(-1)?.name ?? '';
const held = {
  script: (lab: LabCluster) => sh`ip -o address show to ${lab.endpoint.address}/32`,
  expect: /inet /,
  seconds: 40,
};

export default defineFault({
  case: 'vrrp-clash',
  variants: {
    'router-ids-differ': {
      on: lastControlPlane,
      built: 'kubewizard',
      needs: { controlPlanes: 3 },
      break: sh`sed -i 's/virtual_router_id .*/virtual_router_id 199/' ${config} && systemctl restart kw-keepalived`,
      symptom: { ...held, on: lastControlPlane },
    },
    'not-by-keepalived': {
      // A single control plane has its own address for the endpoint, and no keepalived.
      on: firstWorker,
      built: 'kubewizard',
      needs: { controlPlanes: 2 },
      break: lab =>
        sh`link=$(ip -o -4 route get ${lab.hosts[0]?.address ?? ''} | sed 's/.* dev \\([^ ]*\\).*/\\1/'); \
ip address replace ${lab.endpoint.address}/32 dev "$link"`,
      symptom: { ...held, on: firstWorker },
    },
    'adverts-blocked': {
      on: lastControlPlane,
      built: 'kubewizard',
      needs: { controlPlanes: 2 },
      break: sh`iptables -C INPUT -p 112 -j DROP 2>/dev/null || iptables -I INPUT -p 112 -j DROP`,
      symptom: { ...held, on: lastControlPlane },
    },
  },
  notes:
    'Only where keepalived is: kubeadm brings none. peer-missing is the same file with another line, two-holders ' +
    'a network that is cut: fixtures.',
});
