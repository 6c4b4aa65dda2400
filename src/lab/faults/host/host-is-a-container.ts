import { defineFault } from '../fault.js';

export default defineFault({
  case: 'host-is-a-container',
  variants: {},
  notes:
    'The lab’s hosts share one kernel, whose settings their kubelets may write, and /dev/kmsg cannot be taken from ' +
    'one of them: it is mounted there from outside. Fixtures.',
});
