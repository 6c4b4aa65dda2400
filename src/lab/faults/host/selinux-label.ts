import { defineFault } from '../fault.js';

export default defineFault({
  case: 'selinux-label',
  variants: {},
  notes: 'The lab’s kernel has no SELinux. Fixtures.',
});
