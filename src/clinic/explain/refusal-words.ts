/** Who was refused what, out of the server's own sentence. */
import type { Permission } from '../read/rbac.js';
import { readings } from '../examine/normalise.js';
import { pattern } from '../../model/pattern.js';

export interface RefusalWords {
  readonly user: string;
  readonly permission: Permission;
  readonly message: string;
}

/**
 * The sentences of kube-apiserver (endpoints/handlers/responsewriters/errors.go: forbiddenMessage) since 1.12 and
 * before, and the kubelet's (server.go). The name in quotes is all that they tell of the credential; groups are never
 * in it.
 */
export const refusalIn = (text: string): RefusalWords | undefined => {
  for (const reading of readings(text)) {
    const found = ofPath(reading) ?? ofServer(reading) ?? ofKubelet(reading);
    if (found) return found;
  }
  return undefined;
};

// Bounded everywhere: the text is anybody's.
const serverWords = pattern(
  /(?:(?<called>"[^"]{1,253}") is forbidden: )?User "(?<user>[^"]{1,512})" cannot (?<verb>[a-z]{2,20}) /,
  /(?:resource "(?<resource>[^"]{1,200})" in API group "(?<group>[^"]{0,200})"|(?<old>[a-z0-9./-]{2,120}))/,
  /(?<where> in the namespace "(?<namespace>[^"]{1,63})"| at the cluster scope)?/,
);

const ofServer = (text: string): RefusalWords | undefined => {
  const hit = serverWords.exec(text);
  const { user, verb, resource, group, old, namespace, called } = hit?.groups ?? {};
  if (!hit || user === undefined || verb === undefined) return undefined;
  const [plural = '', ...api] = (old ?? '').split('/')[0]?.split('.') ?? [];
  const sub = old?.split('/')[1];
  const name = called?.slice(1, -1);
  return {
    user,
    message: hit[0],
    permission: {
      verb,
      resource: resource ?? `${plural}${sub === undefined ? '' : `/${sub}`}`,
      group: group ?? api.join('.'),
      ...(namespace !== undefined && { namespace }),
      ...(name !== undefined && { name }),
    },
  };
};

const ofPath = (text: string): RefusalWords | undefined => {
  const hit = /User "(?<user>[^"]{1,512})" cannot (?<verb>[a-z]{2,20}) path "(?<path>\/[^"]{0,512})"/.exec(text);
  const { user, verb, path } = hit?.groups ?? {};
  return hit && user !== undefined && verb !== undefined && path !== undefined
    ? { user, message: hit[0], permission: { verb, path } }
    : undefined;
};

const ofKubelet = (text: string): RefusalWords | undefined => {
  const hit =
    /\(user=(?<user>[^,]{1,512}), verb=(?<verb>[a-z]{2,20}), resource=(?<resource>[a-z]{2,40}), subresource=(?<sub>[^)\s,]{1,80})/.exec(
      text,
    );
  const { user, verb, resource, sub } = hit?.groups ?? {};
  return hit && user !== undefined && verb !== undefined
    ? { user, message: hit[0], permission: { verb, resource: `${resource}/${sub}`, group: '' } }
    : undefined;
};
