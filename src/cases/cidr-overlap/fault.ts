import { defineFault, firstWorker } from '../../clinic/fault.js';

export default defineFault({
  case: 'cidr-overlap',
  variants: {
    'services-hosts': {
      on: firstWorker,
      // As a VPN or a second network card of the office brings it. `ip link del kwoverlap` undoes it.
      break: 'ip link add kwoverlap type bridge 2>/dev/null; ip link set kwoverlap up && ip address replace 10.100.7.1/16 dev kwoverlap',
      symptom: { script: 'ip -4 route show to root 10.96.0.0/12', expect: /10\.100\.0\.0\/16 dev kwoverlap/ },
    },
  },
  notes: 'The therapy is advice only; `ip link del kwoverlap` on that host undoes the fault. 10.96.0.0/12 is the service network of both kinds of lab.',
});
