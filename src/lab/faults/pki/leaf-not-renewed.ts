import { defineFault } from '../fault.js';

export default defineFault({
  case: 'leaf-not-renewed',
  variants: {},
  notes:
    'A certificate near its end has no symptom by which the world would notice; old leaves on a real host are what ' +
    'test/lab/wizard/renew.scenario.ts makes.',
});
