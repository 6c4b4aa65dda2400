import { sh } from '../../../shell/sh.js';
import { defineFault, firstWorker } from '../fault.js';

export default defineFault({
  case: 'runtime-file-limit',
  variants: {
    unit: {
      on: firstWorker,
      // Less than it holds without any work: an idle worker of kubeadm’s cluster has few pods.
      break: sh`held=$(ls "/proc/$(systemctl show -p MainPID --value containerd)/fd" | wc -l)
mkdir -p /etc/systemd/system/containerd.service.d
printf '[Service]\\nLimitNOFILE=%s\\n' $((held * 7 / 8)) >/etc/systemd/system/containerd.service.d/50-hardened.conf
systemctl daemon-reload; systemctl restart --no-block containerd`,
      symptom: {
        // Whoever asks is one connection more.
        script: sh`timeout 3 ctr --connect-timeout 1s version >/dev/null 2>&1
journalctl -q -u containerd -n 400 --no-pager -o cat | grep -F 'too many open files' | tail -n 1`,
        expect: /too many open files/,
        seconds: 60,
      },
      // The low limit itself stays: somebody's own file, which the drop-in of the therapy only outlasts.
      tidy: sh`rm -f /etc/systemd/system/containerd.service.d/50-hardened.conf; systemctl daemon-reload`,
    },
  },
});
