import { idOf, type Resource } from '../model/resource.js';
import { administratorsBound } from './access/administrators.js';
import { identities, kubeconfig } from './access/kubeconfigs.js';
import type { HostContext } from './input.js';
import { pki } from './render/paths.js';
import { signerKnown } from './components/controller-signer.js';
import { program } from './components/program.js';
import { marksBefore } from './rotation/authority.js';
import { file, want } from './wanted.js';
import { balancersOf } from '../model/components.js';

const isNode = ({ host }: HostContext): boolean => host.roles.includes('controlPlane') || host.roles.includes('worker');

/**
 * The way that needs no role comes first, then the binding in the API, and only then the certificate that it lets in:
 * whoever stops anywhere between can still administer the cluster.
 */
const administratorsOf = (context: HostContext): readonly Resource[] => {
  const glass = kubeconfig(context, identities.superAdmin);
  return [glass, kubeconfig(context, identities.admin, [idOf(glass), administratorsBound(context.spec)])];
};

/**
 * What every component of a host needs: packages, the cluster's CA, kubectl and the administrators' kubeconfigs.
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
      after: [...marksBefore(context, 'ca'), ...signerKnown(context)],
    }),
    ...(control ? [program(context, 'kubectl', 'control-plane'), ...administratorsOf(context)] : []),
  ].filter(part => part !== undefined);
}
