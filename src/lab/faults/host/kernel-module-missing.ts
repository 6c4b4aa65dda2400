import { defineFault } from '../fault.js';

export default defineFault({
  case: 'kernel-module-missing',
  variants: {},
  notes:
    'The lab’s hosts share one kernel, and what is unloaded there is gone for all of them and the machine. Fixtures.',
});
