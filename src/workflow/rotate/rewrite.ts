/**
 * Writes every object of the encrypted resources again, as it is: an API server stores one anew whose key is not the
 * first (k8s.io/apiserver, GuaranteedUpdate: stale). In pages; cut off anywhere, it begins again, and what is written
 * already costs a read.
 */
import { encryptedResources } from '../../blueprint/components/secrets-at-rest.js';
import type { Api } from '../../engine/context.js';
import { pages } from '../../kube/list.js';
import { WorldFailed } from '../../model/event.js';
import type { Turning } from './rotatable.js';

interface Stored {
  readonly metadata: { readonly namespace: string; readonly name: string };
}

const atOnce = 8;
const most = 5;

export async function rewriteSecrets(
  { session }: Pick<Turning, 'session'>,
  tell: (says: string) => void,
): Promise<void> {
  const api = await session.api();
  for (const resource of encryptedResources) {
    let done = 0;
    for await (const page of pages(api, `/api/v1/${resource}`)) {
      for (let from = 0; from < page.length; from += atOnce)
        await Promise.all(
          (page.slice(from, from + atOnce) as readonly Stored[]).map(one => rewritten(api, resource, one)),
        );
      done += page.length;
      tell(`${done} ${resource} are written anew`);
    }
  }
}

/** By its own version: whoever else has written it meanwhile has written it with the new key, or is asked again. */
async function rewritten(api: Api, resource: string, first: Stored): Promise<void> {
  const { namespace, name } = first.metadata;
  const path = `/api/v1/namespaces/${namespace}/${resource}/${name}`;
  let object: unknown = { apiVersion: 'v1', kind: 'Secret', ...first };
  for (let tries = 1; ; tries++) {
    const { status, body } = await api.request('PUT', path, object);
    if (status === 200 || status === 404) return;
    if (status !== 409 || tries === most) throw refused(path, status, body);
    const now = await api.request('GET', path);
    if (now.status === 404) return;
    object = now.body;
  }
}

const refused = (path: string, status: number, body: unknown): WorldFailed => {
  const { message = '' } = (typeof body === 'object' && body !== null ? body : {}) as { readonly message?: string };
  return new WorldFailed({
    class: 'refused',
    host: 'cluster',
    message: `PUT ${path}: ${status} ${message}`.trim(),
    help: 'see to it (a webhook or a quota may refuse it), then run this again: what is done is not done twice',
  });
};
