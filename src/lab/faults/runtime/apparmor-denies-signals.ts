import { defineFault } from '../fault.js';

export default defineFault({
  case: 'apparmor-denies-signals',
  variants: {},
  notes: 'The kernel of the lab has no AppArmor, and none of its hosts may load a profile: fixtures.',
});
