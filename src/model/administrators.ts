/** Names by which Kubewizard and the administrators on its control planes are known to the API. */

/** No person and no group gets a name that begins so. */
const family = 'kubewizard';

/** The ClusterRoleBinding to cluster-admin. */
export const administratorsBinding = `${family}:administrators`;
/** kw itself, on whatever control machine. */
export const controlMachineUser = family;
/** Whoever is root on a control plane: admin.conf. */
export const administratorOn = (host: string): string => `${family}:admin:${host}`;

export const isAdministrator = (user: string): boolean =>
  user === controlMachineUser || user.startsWith(administratorOn(''));

/** Our own names in any case, and whatever is named like one of ours. */
export const isOwnName = (name: string): boolean => /^kubewizard(?![a-z0-9])/i.test(name);
