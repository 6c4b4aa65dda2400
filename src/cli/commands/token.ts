/** `kw token`: what a host shows that joins by itself (TLS bootstrap). */
import { readClusterFile } from '../../workflow/cluster-file.js';
import { createToken, type MadeToken, removeToken, tokens } from '../../workflow/token.js';
import { idIn } from '../../workflow/token/api.js';
import type { AccessOptions } from '../access-options.js';
import { ttlOf } from '../duration.js';
import { clock, telling } from '../ports.js';
import { table } from '../view/table.js';
import { duration, oneLine } from '../view/words.js';

interface Common extends AccessOptions {
  readonly file: string;
  readonly json?: boolean;
}

export const create = async ({
  file,
  ttl = '24h',
  description = '',
  json,
  ...access
}: Common & { readonly ttl?: string; readonly description?: string }): Promise<number> => {
  const wanted = { ttl: ttlOf(ttl), description };
  const cluster = await readClusterFile(file);
  const made = await telling({ access }, ports => createToken(cluster, ports, wanted));
  process.stdout.write(json ? `${JSON.stringify(made, null, 2)}\n` : madeText(made, ttl));
  return 0;
};

export const list = async ({ file, json, ...access }: Common): Promise<number> => {
  const cluster = await readClusterFile(file);
  const all = await telling({ access }, ports => tokens(cluster, ports));
  const rows = all.map(token =>
    [token.id, endText(token.expires), token.usages.join(', '), token.groups.join(', '), token.description].map(cell =>
      oneLine(cell),
    ),
  );
  process.stdout.write(
    json
      ? `${JSON.stringify(all, null, 2)}\n`
      : table(['token', 'ends', 'for', 'groups', 'description'], rows, process.stdout.columns),
  );
  return 0;
};

export const remove = async ({ file, token, ...access }: Common & { readonly token: string }): Promise<number> => {
  const id = idIn(token);
  const cluster = await readClusterFile(file);
  await telling({ access }, ports => removeToken(cluster, ports, id));
  process.stdout.write(`token ${id} is gone; hosts that have joined with it stay\n`);
  return 0;
};

const endText = (expires: string): string => {
  const left = Math.round((Date.parse(expires) - clock().getTime()) / 1000);
  return expires === '' ? 'never' : left > 0 ? `in ${duration(left)}` : 'has expired';
};

const place = '/etc/kubernetes/bootstrap-kubelet.conf';

const madeText = (made: MadeToken, ttl: string): string => `\
token    ${made.token}
ends     ${made.expires} (${ttl} from now)
server   ${[made.server, ...made.ways].join(' or ')}
CA       ${made.caCertHash}

A host joins with this as ${place} (mode 0600), and a kubelet that is started with
  --bootstrap-kubeconfig=${place} --kubeconfig=/etc/kubernetes/kubelet.conf
It then asks for a certificate of its own, which is approved.
Whoever has the token can join a host: keep it as a password.

${made.kubeconfig}`;
