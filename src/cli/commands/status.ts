import { isatty } from 'node:tty';
import { open } from '../cluster/open.js';
import { readClusterFile } from '../cluster/read.js';
import { askApi } from '../status/ask-api.js';
import { askHosts } from '../status/ask-hosts.js';
import { worstOf } from '../status/component.js';
import { type Status, statusText } from '../status/text.js';

/** `kw status`: every component of every host, asked on the host itself, and the nodes where the API answers. */
export async function run({ file, json }: { readonly file: string; readonly json?: boolean }): Promise<number> {
  const cluster = await readClusterFile(file);
  const session = await open(cluster);
  try {
    const [hosts, api] = await Promise.all([askHosts(session), askApi(session)]);
    const status: Status = { ...hosts, ...api, whole: [...hosts.whole, ...api.whole] };
    process.stdout.write(
      json ? `${JSON.stringify(asJson(status), null, 2)}\n` : statusText(status, isatty(1) && !process.env.NO_COLOR),
    );
    return exitOf(status);
  } finally {
    session.close();
  }
}

/** `ok` beside `health`, for scripts that ask for no more. */
const asJson = (status: Status) => ({
  ...status,
  components: status.components.map(row => ({ ...row, ok: row.health === 'ok' })),
});

/** 2 ill, 3 could not see enough. */
export function exitOf({ components, nodes, api, whole, unseen }: Status): number {
  const all = worstOf([...components, ...whole].map(row => row.health));
  if (all === 'ill' || api !== 'ok' || nodes.some(node => !node.ready)) return 2;
  return all === 'unknown' || unseen.length > 0 ? 3 : 0;
}
