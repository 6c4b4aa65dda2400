import { sh } from '../../../shell/sh.js';
import { defineFault, firstWorker } from '../fault.js';

export default defineFault({
  case: 'not-executable',
  variants: {
    'cni-plugin': {
      on: firstWorker,
      break: sh`f=; for d in /opt/cni/bin /usr/lib/cni; do [ ! -f "$d/host-local" ] || f=$d/host-local; done
[ -n "$f" ] && chmod 0644 "$f"`,
      symptom: {
        script: sh`for d in /opt/cni/bin /usr/lib/cni; do
  [ ! -f "$d/host-local" ] || "$d/host-local" </dev/null
done 2>&1`,
        expect: /[Pp]ermission denied/,
        seconds: 10,
      },
    },
  },
  notes: 'runtime is covered by a fixture: the same mode, on a program whose loss takes all pods of a host along.',
});
