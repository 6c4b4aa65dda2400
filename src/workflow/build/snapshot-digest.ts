/** Whether a snapshot of etcd is whole, as restoring checks it. */
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';

export interface SnapshotDigest {
  /** Hexadecimal, of all but the last 32 bytes; those are the same digest, as etcd wrote it. */
  readonly sha256: string;
  readonly bytes: number;
}

const digestBytes = 32;

/** undefined: it is not whole. The form: etcd's etcdutl/snapshot/v3_snapshot.go, `hasChecksum`. */
export async function snapshotDigest(path: string): Promise<SnapshotDigest | undefined> {
  const file = await open(path, 'r');
  try {
    const { size: bytes } = await file.stat();
    if (bytes <= digestBytes) return undefined;
    const digest = createHash('sha256');
    const until = bytes - digestBytes;
    for await (const chunk of file.createReadStream({ start: 0, end: until - 1, autoClose: false }))
      digest.update(chunk);
    const written = Buffer.alloc(digestBytes);
    await file.read(written, 0, digestBytes, until);
    const sha256 = digest.digest('hex');
    return sha256 === written.toString('hex') ? { sha256, bytes } : undefined;
  } finally {
    await file.close();
  }
}
