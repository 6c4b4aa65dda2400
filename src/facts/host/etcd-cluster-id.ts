/**
 * The id of the cluster that etcd's data belong to, from the first bytes of a write-ahead log: it tells without a
 * credential, and also where etcd is off. Each log begins with a checksum record and then the metadata (etcd,
 * server/storage/wal: `metadataType`, and pb.Metadata {NodeID = 1, ClusterID = 2}).
 */

/** 16 hexadecimal digits, as etcdctl prints them; undefined: it is no such log. */
export const etcdClusterId = (log: Uint8Array): string | undefined => {
  try {
    const frame = framed(log, framed(log, 0).next);
    const record = fields(frame.bytes);
    const metadata = record.get(3);
    if (record.get(1) !== 1n || typeof metadata === 'bigint' || metadata === undefined) return undefined;
    const id = fields(metadata).get(2);
    return typeof id === 'bigint' ? id.toString(16).padStart(16, '0') : undefined;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
};

/** Eight bytes of length (its highest byte: whether there is padding, and how much), then the record. */
const framed = (log: Uint8Array, at: number): { readonly bytes: Uint8Array; readonly next: number } => {
  const view = new DataView(log.buffer, log.byteOffset, log.byteLength);
  const [low, high] = [view.getUint32(at, true), view.getUint32(at + 4, true)];
  const padding = high >>> 31 === 1 ? (high >>> 24) & 7 : 0;
  const end = at + 8 + low;
  if (low === 0 || low > 4096 || end > log.length) throw new RangeError('no record of a log');
  return { bytes: log.subarray(at + 8, end), next: end + padding };
};

/** Of a protobuf message: varints and byte strings; anything else ends it. */
const fields = (bytes: Uint8Array): ReadonlyMap<number, bigint | Uint8Array> => {
  const found = new Map<number, bigint | Uint8Array>();
  for (let at = 0; at < bytes.length; ) {
    const key = varint(bytes, at);
    const value = varint(bytes, key.next);
    const name = Number(key.value >> 3n);
    const kind = Number(key.value & 7n);
    if (kind !== 0 && kind !== 2) throw new RangeError('a field of another kind');
    const end = kind === 0 ? value.next : value.next + Number(value.value);
    if (end > bytes.length) throw new RangeError('a field that is cut off');
    found.set(name, kind === 0 ? value.value : bytes.subarray(value.next, end));
    at = end;
  }
  return found;
};

const varint = (bytes: Uint8Array, from: number): { readonly value: bigint; readonly next: number } => {
  let value = 0n;
  for (let at = from; at < from + 10; at += 1) {
    const byte = bytes[at];
    if (byte === undefined) break;
    value |= BigInt(byte & 0x7f) << BigInt(7 * (at - from));
    if (byte < 0x80) return { value: BigInt.asUintN(64, value), next: at + 1 };
  }
  throw new RangeError('a number that does not end');
};
