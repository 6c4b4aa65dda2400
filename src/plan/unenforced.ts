/** What the API of the planned cluster will take and nobody carry out: said before it is built, not found out after. */
import { cniConfig } from '../blueprint/render/paths.js';
import type { ClusterSpec } from '../model/cluster.js';
import type { Plan } from '../model/plan.js';

/** '' where the network is the owner's, or no host joins ours by this plan. Ends with a newline. */
export const unenforcedText = ({ network }: Pick<ClusterSpec, 'network'>, { steps }: Pick<Plan, 'steps'>): string =>
  network.provider !== 'none' && steps.some(step => step.key === cniConfig)
    ? `NetworkPolicies: the network ${network.provider} enforces none. The API takes them, and every pod still ` +
      'reaches every other.\nWhere you need them, bring a network that enforces them (network.provider: none), or an ' +
      'agent beside this one.\n'
    : '';
