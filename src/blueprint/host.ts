import type { Resource } from '../model/resource.js';
import { identities, kubeconfig } from './access/kubeconfigs.js';
import type { HostContext } from './input.js';
import { pki } from './render/paths.js';
import { program } from './components/program.js';
import { file, want } from './wanted.js';
import { balancersOf } from '../model/components.js';

const isNode = ({ host }: HostContext): boolean => host.roles.includes('controlPlane') || host.roles.includes('worker');

/**
 * What every component of a host needs: packages, the cluster's CA, kubectl and the administrator's
 * kubeconfig.
 */
export function hostBase(context: HostContext): readonly Resource[] {
  const { host, artifacts, spec } = context;
  const control = host.roles.includes('controlPlane');
  const packages = (group: string, names: readonly string[]) =>
    want('packages', host.name, group, { names }, { stage: 'host', because: 'components call these programs' });
  return [
    ...(isNode(context) ? [packages('node', artifacts.packages.node)] : []),
    ...(balancersOf(spec).includes(host) ? [packages('load-balancer', artifacts.packages.loadBalancer)] : []),
    file(context, `${pki}/ca.crt`, context.authorities.ca, {
      stage: 'host',
      because: 'everything on this host trusts the cluster’s CA',
    }),
    ...(control ? [program(context, 'kubectl', 'control-plane'), kubeconfig(context, identities.admin)] : []),
  ].filter(part => part !== undefined);
}
