/**
 * Who administers the cluster by a role, as kubeadm 1.29 and later has it: users of our names, bound to cluster-admin.
 * Whoever is taken out of the binding may do nothing more, whatever their certificate says.
 */
import { type ClusterSpec, withRole } from '../../model/cluster.js';
import { idOf, type Resource } from '../../model/resource.js';
import { administratorOn, administratorsBinding, controlMachineUser } from '../../model/administrators.js';
import { bindAll, userSubject } from './rbac.js';

/** Each control plane's own user: one that leaves the file is let in no more. */
export const administrators = (spec: ClusterSpec): Resource =>
  bindAll(
    administratorsBinding,
    'cluster-admin',
    [controlMachineUser, ...withRole(spec, 'controlPlane').map(({ name }) => administratorOn(name))].map(userSubject),
    'Kubewizard and the administrators of control planes may do everything, until they are taken out of it',
  );

/** Before it is there, nobody is given a certificate that needs it. */
export const administratorsBound = (spec: ClusterSpec) => idOf(administrators(spec));
