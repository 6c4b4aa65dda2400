import { defineFault } from '../fault.js';

export default defineFault({
  case: 'inotify-limit',
  variants: {},
  notes:
    'The limits are the one kernel’s: filling them would make every host of the lab ill, and the control machine. ' +
    'Fixtures.',
});
