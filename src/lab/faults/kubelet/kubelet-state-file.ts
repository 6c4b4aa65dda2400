import { defineFault, firstWorker } from '../fault.js';
import { sh } from '../../../shell/sh.js';

export default defineFault({
  case: 'kubelet-state-file',
  variants: {
    cpu: {
      on: firstWorker,
      break: sh`systemctl stop kubelet
printf '%s' '{"policyName":"static","defaultCpuSet":"0","checksum":1}' >/var/lib/kubelet/cpu_manager_state
systemctl start --no-block kubelet`,
      symptom: {
        script: sh`journalctl -u kubelet -n 20000 --no-pager -o cat | grep -F 'could not restore state' | tail -n 1`,
        expect: /could not restore state from checkpoint/,
        seconds: 60,
      },
    },
  },
  notes: 'memory is covered by a fixture: the manager came with 1.21, and a NUMA machine is needed for its policy.',
});
