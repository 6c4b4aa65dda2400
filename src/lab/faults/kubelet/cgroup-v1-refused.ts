import { defineFault } from '../fault.js';

export default defineFault({
  case: 'cgroup-v1-refused',
  variants: {},
  notes:
    'The lab’s kubelets are 1.20.2, which know no such refusal, and its hosts share one kernel’s hierarchy: fixtures.',
});
