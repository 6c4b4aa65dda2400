/** Who uses an endpoint of the API, as far as one host knows: files that name it, connections that are open. */
import type { Fact } from '../../model/fact.js';
import { Unreadable } from '../../model/fact.js';
import { parseAddress } from '../../net/address.js';
import { type Endpoint, formatEndpoint, parseEndpoint } from '../../net/endpoint.js';
import { sh } from '../../shell/sh.js';

export interface EndpointUsers {
  /** Kubeconfigs that lead to it, by path. */
  readonly files: readonly string[];
  /** Programs of this host that are connected to it: `kubelet`. */
  readonly programs: readonly string[];
  /** Addresses that are connected to it here, one for each connection. */
  readonly peers: readonly string[];
  /** False: the host could not say which connections are open. */
  readonly connections: boolean;
}

/** Of thousands of clients the first tell enough, and the answer stays small. */
const most = 500;

/** @param endpoint `10.0.0.10:8443`. */
export const endpointUsers = (endpoint: Endpoint): Fact<EndpointUsers> => ({
  id: 'endpoint-users',
  question: { ask: 'host', script: question(endpoint) },
  parse: text => read(text, formatEndpoint(endpoint)),
});

const question = (endpoint: Endpoint) => sh`at=${formatEndpoint(endpoint)}
for file in /etc/kubernetes/*.conf /var/lib/kube-proxy/kubeconfig.conf /root/.kube/config /home/*/.kube/config; do
  [ ! -f "$file" ] || ! grep -Eqs 'server: *"?https://' "$file" || ! grep -Fqs "https://$at" "$file" || \
echo "file=$file"
done
if ! command -v ss >/dev/null 2>&1; then echo connections=unknown
else echo connections=known; ${parseAddress(endpoint.host) ? 'ss' : ':'} -Htnp state established 2>/dev/null | \
grep -F "$at" | head -n ${most} | while read -r _ _ here there who; do echo "open=$here $there $who"; done
fi`;

function read(text: string, at: string): EndpointUsers {
  const known = /^connections=(known|unknown)$/m.exec(text)?.[1];
  if (known === undefined) throw new Unreadable('endpoint-users', text, 'it does not say whether it knows connections');
  const open = [...text.matchAll(/^open=(\S+) (\S+)(?: (.*))?$/gm)];
  const loopback = at.startsWith('127.');
  const peers = open.flatMap(([, here, there = '']) => (here === at && !loopback ? addressOf(there) : []));
  const programs = open.flatMap(([, , there, who = '']) => (there === at ? [programIn(who)] : []));
  return {
    files: [...text.matchAll(/^file=(\/[\w./-]{1,200})$/gm)].map(([, path = '']) => path),
    programs: [...new Set(programs)],
    peers,
    connections: known === 'known',
  };
}

const addressOf = (text: string): readonly string[] => {
  const host = parseEndpoint(text)?.host;
  return host === undefined ? [] : [host];
};

/** `users:(("kubelet",pid=812,fd=9))`. */
const programIn = (who: string): string => /\(\("([\w.-]{1,32})"/.exec(who)?.[1] ?? 'a program';
