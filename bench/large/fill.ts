/**
 * Puts objects where the API server keeps them, a hundred at a time: as many POSTs, and PUTs of their statuses, would
 * take an hour of somebody's machine.
 */
const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** Below `/registry`, as JSON, which an API server reads as well as its own protobuf. */
export const fill = async (
  etcd: string,
  objects: Iterable<readonly [key: string, object: unknown]>,
): Promise<number> => {
  let all = 0;
  let batch: { readonly request_put: { readonly key: string; readonly value: string } }[] = [];
  const send = async (): Promise<void> => {
    const answer = await fetch(`${etcd}/v3/kv/txn`, { method: 'POST', body: JSON.stringify({ success: batch }) });
    if (!answer.ok) throw new Error(`etcd: ${answer.status} ${await answer.text()}`);
    all += batch.length;
    batch = [];
  };
  for (const [key, object] of objects) {
    batch.push({ request_put: { key: base64(`/registry/${key}`), value: base64(JSON.stringify(object)) } });
    if (batch.length === 100) await send();
  }
  if (batch.length > 0) await send();
  return all;
};
