/** What a person may do, asked of the API and changed there: bindings of ClusterRoles that `kw kubeconfig` keeps. */
import {
  type Binding,
  bindingFor,
  bindingPath,
  bindingsPath,
  isFor,
  ourBindings,
  type PersonSubject,
  rolePath,
} from '../../blueprint/access/people.js';
import type { Api } from '../../engine/context.js';
import { WorldFailed } from '../../model/event.js';
import { mistaken } from '../mistaken.js';

type Answer = Awaited<ReturnType<Api['request']>>;

/** Throws Mistaken where there is no such ClusterRole. */
export async function roleExists(api: Api, role: string): Promise<void> {
  const answer = await api.request('GET', rolePath(role));
  if (answer.status === 404)
    throw mistaken(
      'no-role',
      `the cluster has no ClusterRole ${role}`,
      'Kubernetes itself has view, edit, admin and cluster-admin; kubectl get clusterroles shows all',
    );
  if (answer.status !== 200) throw refused(`show the ClusterRole ${role}`, answer);
}

/** Made if it is missing; one of the same name that binds something else is refused, and stays as it is. */
export async function bound(api: Api, subject: PersonSubject, role: string): Promise<'made' | 'kept'> {
  const wanted = bindingFor(subject, role);
  const { name } = wanted.metadata;
  const have = await api.request('GET', bindingPath(name));
  if (have.status === 200) return keeps(have, subject, role, name);
  if (have.status !== 404) throw refused(`show the ClusterRoleBinding ${name}`, have);
  const made = await api.request('POST', bindingsPath, wanted);
  if (made.status === 201) return 'made';
  // Somebody else was faster: what is there now is judged.
  if (made.status === 409) return keeps(await api.request('GET', bindingPath(name)), subject, role, name);
  throw refused(`make the ClusterRoleBinding ${name}`, made);
}

const keeps = (answer: Answer, subject: PersonSubject, role: string, name: string): 'kept' => {
  const { roleRef, subjects = [] } = answer.body as Binding;
  const others = subjects.filter(one => one.kind !== subject.kind || one.name !== subject.name);
  if (answer.status === 200 && roleRef?.kind === 'ClusterRole' && roleRef.name === role && others.length === 0)
    if (isFor(answer.body as Binding, subject)) return 'kept';
  throw mistaken(
    'other-binding',
    `the ClusterRoleBinding ${name} binds something else than ClusterRole ${role} to ${subject.kind} ${subject.name}`,
    `look at it: kubectl get clusterrolebinding '${name}' -o yaml; delete it if nobody needs it, then run again`,
  );
};

/** Names of the bindings that are gone, and of those that others made for the same subject and that stay. */
export async function unbind(
  api: Api,
  subject: PersonSubject,
): Promise<{ readonly gone: readonly string[]; readonly left: readonly string[] }> {
  const gone: string[] = [];
  for (const name of await namesFor(api, ourBindings, subject)) {
    const answer = await api.request('DELETE', bindingPath(name));
    if (answer.status !== 200 && answer.status !== 404) throw refused(`delete the ClusterRoleBinding ${name}`, answer);
    gone.push(name);
  }
  const roles = '/apis/rbac.authorization.k8s.io/v1/rolebindings';
  const left = [...(await namesFor(api, bindingsPath, subject)), ...(await namesFor(api, roles, subject))];
  return { gone, left };
}

const namesFor = async (api: Api, path: string, subject: PersonSubject): Promise<readonly string[]> => {
  const answer = await api.request('GET', path);
  if (answer.status !== 200) throw refused('list the bindings', answer);
  const { items = [] } = answer.body as { readonly items?: readonly Binding[] };
  return items.filter(one => isFor(one, subject)).map(one => one.metadata.name);
};

const refused = (what: string, { status, body }: Answer): WorldFailed => {
  const { message = '' } = typeof body === 'object' && body !== null ? (body as { readonly message?: string }) : {};
  return new WorldFailed({
    class: 'refused',
    host: 'cluster',
    message: `the API server would not ${what}: ${status} ${message}`.trim(),
  });
};
