/** Names by which Kubewizard and the administrators on its control planes are known to the API. */

/** No person and no group gets a name that begins so. */
const family = 'kubewizard';

/** The ClusterRoleBinding to cluster-admin. */
export const administratorsBinding = `${family}:administrators`;
/**
 * kw itself, on whatever control machine. A colon is in each of these: no identity provider whose users keep their own
 * names (`--oidc-username-prefix=-`) can have one who is called so by chance.
 */
export const controlMachineUser = `${family}:control-machine`;
/** kw where that user is not bound: of system:masters, for an hour. */
export const brokenGlassUser = `${family}:break-glass`;
/** Whoever is root on a control plane: admin.conf. */
export const administratorOn = (host: string): string => `${family}:admin:${host}`;

export const isAdministrator = (user: string): boolean =>
  user === controlMachineUser || user.startsWith(administratorOn(''));

/** Our own names in any case, and whatever is named like one of ours. */
export const isOwnName = (name: string): boolean => /^kubewizard(?![a-z0-9])/i.test(name);
