import { defineFault } from '../fault.js';

export default defineFault({
  case: 'etcd-slow-disk',
  variants: {},
  notes:
    'All hosts of a lab write to one disk: it cannot be made slow for one of them without a device that delays ' +
    '(dm-delay is not a part of such kernels). Fixtures stand in.',
});
