import { setFlag } from '../breaking.js';
import { defineFault, firstControlPlane, firstWorker } from '../fault.js';
import { sh } from '../../../shell/sh.js';

export default defineFault({
  case: 'cidr-overlap',
  variants: {
    'services-hosts': {
      on: firstWorker,
      // As a VPN or a second network card of the office brings it. `ip link del kwoverlap` undoes it.
      break: sh`ip link add kwoverlap type bridge 2>/dev/null; ip link set kwoverlap up && \
ip address replace 10.100.7.1/16 dev kwoverlap`,
      symptom: { script: sh`ip -4 route show to root 10.96.0.0/12`, expect: /10\.100\.0\.0\/16 dev kwoverlap/ },
    },
    'pods-differ': {
      on: firstWorker,
      break: sh`set -e\nf=/var/lib/kube-proxy/config.yaml; [ -f $f ] || \
exit 1\nsed -i 's#^clusterCIDR:.*#clusterCIDR: 192.168.128.0/17#' $f; systemctl restart kube-proxy`,
      built: 'kubewizard',
      symptom: {
        script: sh`n=0; until iptables-save -t nat | grep -e 192.168.128.0/17 || [ $n -gt 20 ]; \
do n=$((n+1)); sleep 1; done`,
        expect: /! -s 192\.168\.128\.0\/17/,
        seconds: 40,
      },
    },
    'services-differ': {
      on: firstControlPlane,
      break: setFlag('kube-controller-manager', 'service-cluster-ip-range', '172.30.0.0/16'),
      symptom: {
        script: sh`n=0; until ps -eo args | grep "[k]ube-controller-manager" | \
grep -o -e "--service-cluster-ip-range=172[^ ]*" || [ $n -gt 60 ]; do n=$((n+1)); sleep 1; done`,
        expect: /172\.30\.0\.0\/16/,
        seconds: 90,
      },
    },
  },
  notes:
    'The therapy of an overlap is advice only; `ip link del kwoverlap` on that host undoes the fault. ' +
    '10.96.0.0/12 is the service network of both kinds of lab.',
});
