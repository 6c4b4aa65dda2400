import { defineFault, firstWorker } from '../fault.js';
import { sh } from '../../../shell/sh.js';

export default defineFault({
  case: 'kubelet-waiting',
  variants: {
    'config-lost': {
      on: firstWorker,
      break: sh`rm -f /var/lib/kubelet/config.yaml; systemctl restart kubelet; true`,
      symptom: {
        on: firstWorker,
        script: sh`journalctl -u kubelet --since=-60s -o cat --no-pager`,
        expect: /failed to load [Kk]ubelet config file.*no such file or directory/,
        seconds: 60,
      },
      also: ['node-not-ready-cni'],
    },
  },
  notes: 'The benign half needs a host that has not joined: fixture healthy-not-joined.',
});
