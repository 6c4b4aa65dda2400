/** `kw token`: what a host shows that joins by itself (TLS bootstrap). */
import { bootstrapKubeconfig, instant } from '../../blueprint/access/bootstrap-token.js';
import { outsideServer } from '../../blueprint/access/kubeconfigs.js';
import { bootstrappers } from '../../blueprint/access/rbac.js';
import type { Session } from '../../engine/session.js';
import { pinOf } from '../../pki/key.js';
import { clock, open } from '../cluster/open.js';
import { readClusterFile } from '../cluster/read.js';
import { Mistaken } from '../complaint.js';
import { createToken, deleteToken, idIn, listTokens } from '../token/api.js';
import { ttlOf } from '../token/duration.js';
import { table } from '../view/table.js';
import { duration, oneLine } from '../view/words.js';

interface Common {
  readonly file: string;
  readonly json?: boolean;
}

export const create = ({
  file,
  ttl = '24h',
  description = '',
  json,
}: Common & { readonly ttl?: string; readonly description?: string }): Promise<number> => {
  const expires = new Date(clock().getTime() + ttlOf(ttl));
  return within(file, async session => {
    const vault = await session.vault();
    if (!vault.ok) throw new Mistaken(vault.problems);
    const { ca } = vault.value.authorities;
    const { id, secret } = await createToken(await session.api(), { expires, description });
    const made = {
      id,
      token: `${id}.${secret}`,
      expires: instant(expires),
      groups: [bootstrappers],
      server: outsideServer(session.spec),
      caCertHash: pinOf(ca),
    };
    const kubeconfig = bootstrapKubeconfig(session.spec.name, made.server, ca, made.token);
    process.stdout.write(
      json ? `${JSON.stringify({ ...made, kubeconfig }, null, 2)}\n` : madeText(made, ttl, kubeconfig),
    );
  });
};

export const list = ({ file, json }: Common): Promise<number> =>
  within(file, async session => {
    const tokens = await listTokens(await session.api());
    if (json) {
      process.stdout.write(`${JSON.stringify(tokens, null, 2)}\n`);
      return;
    }
    process.stdout.write(
      table(
        ['token', 'ends', 'for', 'groups', 'description'],
        tokens.map(token =>
          [token.id, endText(token.expires), token.usages.join(', '), token.groups.join(', '), token.description].map(
            cell => oneLine(cell),
          ),
        ),
      ),
    );
  });

export const remove = ({ file, token }: Common & { readonly token: string }): Promise<number> => {
  const id = idIn(token);
  return within(file, async session => {
    await deleteToken(await session.api(), id);
    process.stdout.write(`token ${id} is gone; hosts that have joined with it stay\n`);
  });
};

async function within(file: string, act: (session: Session) => Promise<void>): Promise<number> {
  const session = await open(await readClusterFile(file));
  try {
    await act(session);
    return 0;
  } finally {
    session.close();
  }
}

const endText = (expires: string): string => {
  const left = Math.round((Date.parse(expires) - clock().getTime()) / 1000);
  return expires === '' ? 'never' : left > 0 ? `in ${duration(left)}` : 'has expired';
};

const place = '/etc/kubernetes/bootstrap-kubelet.conf';

const madeText = (
  made: { readonly token: string; readonly expires: string; readonly server: string; readonly caCertHash: string },
  ttl: string,
  kubeconfig: string,
): string => `\
token    ${made.token}
ends     ${made.expires} (${ttl} from now)
server   ${made.server}
CA       ${made.caCertHash}

A host joins with this as ${place} (mode 0600), and a kubelet that is started with
  --bootstrap-kubeconfig=${place} --kubeconfig=/etc/kubernetes/kubelet.conf
It then asks for a certificate of its own, which is approved. Whoever has the token can join a host: keep it as a password.

${kubeconfig}`;
