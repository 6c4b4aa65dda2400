import { defineFault, firstWorker } from '../fault.js';
import { sh } from '../../../shell/sh.js';

const config = '/var/lib/kubelet/config.yaml';
/**
 * As a host with systemd-resolved looks to a kubelet that nobody told of it; its real file lies where systemd puts it.
 */
const stub = sh`set -e
mkdir -p /run/systemd/resolve
[ -s /etc/resolv.conf ] || echo 'nameserver 192.0.2.53' > /etc/resolv.conf
grep -q '^nameserver 127' /etc/resolv.conf || cp /etc/resolv.conf /run/systemd/resolve/resolv.conf
printf 'nameserver 127.0.0.53\\n' > /etc/kubernetes/stub-resolv.conf
sed -i '/^resolvConf:/d' ${config}
echo 'resolvConf: /etc/kubernetes/stub-resolv.conf' >> ${config}
systemctl restart kubelet`;
const symptom = { script: sh`cat "$(sed -n 's/^resolvConf: //p' ${config})"`, expect: /nameserver 127\.0\.0\.53/ };

export default defineFault({
  case: 'dns-loop',
  variants: {
    dnsmasq: { on: firstWorker, built: 'kubewizard', minors: { to: 29 }, break: stub, symptom },
    'no-cluster-dns': { on: firstWorker, built: 'kubeadm', minors: { to: 29 }, break: stub, symptom },
    coredns: { on: firstWorker, minors: { from: 30 }, break: stub, symptom },
  },
  notes:
    'CoreDNS is there with the newest minors alone. The symptom is what a new pod with ' +
    'dnsPolicy Default is given; the DNS image has no resolver that could be asked from outside.',
});
