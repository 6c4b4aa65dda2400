import { defineFault, firstControlPlane, firstWorker } from '../fault.js';
import { podOn } from '../breaking-pods.js';
import { sh } from '../../../shell/sh.js';

export default defineFault({
  case: 'stale-cni',
  variants: {
    'bridge-address': {
      on: firstWorker,
      break: sh`ip link show cni0 >/dev/null 2>&1 || ip link add cni0 type bridge; ip addr flush dev cni0; \
ip addr add 10.199.7.1/24 dev cni0; ip link set cni0 up`,
      symptom: {
        on: firstControlPlane,
        script: lab => podOn(firstWorker(lab)),
        expect: /already has an IP address different from/,
        seconds: 60,
      },
    },
    'other-bridge': {
      on: firstWorker,
      break: sh`f=$(ls /etc/cni/net.d/*.conflist | head -n 1); net=$(grep -o '"subnet": *"[^"]*"' "$f" | head -n 1 | \
cut -d'"' -f4); ip link add cbr0 type bridge 2>/dev/null; \
ip addr replace "\${net%.*}.1/24" dev cbr0; ip link set cbr0 up`,
      symptom: { script: sh`ip route`, expect: /10\.244\.\d+\.0\/24 dev cbr0/ },
    },
  },
});
