/** What the control machine remembers in files of JSON, read back into its form or refused with the next act. */
import { join } from 'node:path';
import { z } from 'zod';
import { WorldFailed } from '../../model/event.js';
import type { ClusterIdentity } from '../../model/identity.js';

/** Throws WorldFailed (refused) where the text is damaged, or of another form. */
export const remembered = <T>(text: string, schema: z.ZodType<T>, dir: string, name: string, help: string): T => {
  const read = schema.safeParse(treeOf(text));
  if (read.success) return read.data;
  throw new WorldFailed({
    class: 'refused',
    message: `${join(dir, name)} is damaged, or another version of kw wrote it: nothing is done by it`,
    help,
  });
};

/** undefined, which no schema takes: it is not JSON. */
const treeOf = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

export const identitySchema: z.ZodType<ClusterIdentity> = z
  .object({ authorities: z.array(z.string()), uid: z.string().optional(), etcd: z.array(z.string()).optional() })
  .transform(({ authorities, uid, etcd }) => ({
    authorities,
    ...(uid === undefined ? {} : { uid }),
    ...(etcd === undefined ? {} : { etcd }),
  }));
