/**
 * One question for an address in DNS, and its answer, as they go over TCP (RFC 1035: 4.1, and 4.2.2 for the length).
 */

const typeA = 1;
const classIn = 1;

/** @param id 0 to 65,535: the answer carries it too. */
export const addressQuery = (name: string, id: number): Buffer => {
  const labels = name.split('.').flatMap(label => [Buffer.from([label.length]), Buffer.from(label)]);
  const body = Buffer.concat([
    Buffer.from([id >> 8, id & 255, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]),
    ...labels,
    Buffer.from([0, 0, typeA, 0, classIn]),
  ]);
  return Buffer.concat([Buffer.from([body.length >> 8, body.length & 255]), body]);
};

export type AddressAnswer =
  | { readonly addresses: readonly string[] }
  /** `refused` with the code of the answer (3: no such name). */
  | { readonly refused: number }
  | { readonly why: string };

/** undefined: it has not come whole yet. */
export const addressAnswer = (heard: Buffer, id: number): AddressAnswer | undefined => {
  if (heard.length < 2 || heard.length < 2 + heard.readUInt16BE(0)) return undefined;
  const message = heard.subarray(2, 2 + heard.readUInt16BE(0));
  if (message.length < 12 || message.readUInt16BE(0) !== id) return { why: 'an answer to another question' };
  const code = message.readUInt16BE(2) & 15;
  if (code !== 0) return { refused: code };
  try {
    return { addresses: recordsOf(message) };
  } catch {
    return { why: 'an answer that is no DNS message' };
  }
};

const recordsOf = (message: Buffer): readonly string[] => {
  let at = 12;
  for (let left = message.readUInt16BE(4); left > 0; left--) at = afterName(message, at) + 4;
  const addresses: string[] = [];
  for (let left = message.readUInt16BE(6); left > 0; left--) {
    at = afterName(message, at);
    const length = message.readUInt16BE(at + 8);
    if (message.readUInt16BE(at) === typeA && length === 4)
      addresses.push([...message.subarray(at + 10, at + 14)].join('.'));
    at += 10 + length;
  }
  return addresses;
};

/** A pointer (two bytes, the first from 192 on) ends a name. */
const afterName = (message: Buffer, from: number): number => {
  let at = from;
  for (;;) {
    const length = message.readUInt8(at);
    if (length === 0) return at + 1;
    if (length >= 192) return at + 2;
    at += length + 1;
  }
};
