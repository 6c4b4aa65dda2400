/** Walks DER (X.690) without copying: enough to read names, keys and extensions of thousands of certificates. */
export interface Tlv {
  readonly tag: number;
  /** Offset of the tag, of the content, and of the first byte after it. */
  readonly start: number;
  readonly from: number;
  readonly to: number;
}

/** Throws RangeError where the bytes are no DER. */
export const tlvAt = (der: Buffer, start: number, limit: number): Tlv => {
  const tag = der[start];
  const first = der[start + 1];
  if (tag === undefined || first === undefined || start + 2 > limit) throw new RangeError('cut off');
  const wide = first < 0x80 ? 0 : first & 0x7f;
  if (first === 0x80 || wide > 4) throw new RangeError('length is not DER');
  const from = start + 2 + wide;
  if (from > limit) throw new RangeError('cut off');
  const length = wide === 0 ? first : der.readUIntBE(start + 2, wide);
  if (from + length > limit) throw new RangeError('cut off');
  return { tag, start, from, to: from + length };
};

export const children = (der: Buffer, parent: Pick<Tlv, 'from' | 'to'>): readonly Tlv[] => {
  const all: Tlv[] = [];
  for (let at = parent.from; at < parent.to; ) {
    const child = tlvAt(der, at, parent.to);
    all.push(child);
    at = child.to;
  }
  return all;
};

export const hexOf = (der: Buffer, part: Pick<Tlv, 'from' | 'to'>): string => der.toString('hex', part.from, part.to);

/** UTF8String, PrintableString, IA5String, T61String, BMPString. */
export const textOf = (der: Buffer, part: Tlv): string => {
  if (part.tag === 0x1e) return swapped(der.subarray(part.from, part.to)).toString('utf16le');
  return der.toString(part.tag === 0x14 ? 'latin1' : 'utf8', part.from, part.to);
};

/** UTCTime and GeneralizedTime (RFC 5280, 4.1.2.5), in UTC; throws RangeError at nonsense. */
export const timeOf = (der: Buffer, part: Tlv): Date => {
  const text = der.toString('latin1', part.from, part.to);
  const short = part.tag === 0x17;
  const match = (short ? /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/ : /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/).exec(
    text,
  );
  if (!match) throw new RangeError(`the date ${JSON.stringify(text)} is nonsense`);
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1).map(Number);
  // RFC 5280: two digits from 50 on mean 19xx.
  const at = new Date(Date.UTC(short ? year + (year >= 50 ? 1900 : 2000) : year, month - 1, day, hour, minute, second));
  if (at.getUTCMonth() !== month - 1 || at.getUTCDate() !== day || hour > 23 || minute > 59)
    throw new RangeError(`the date ${text} is nonsense`);
  return at;
};

const swapped = (bytes: Buffer): Buffer => Buffer.from(bytes.subarray(0, bytes.length & ~1)).swap16();
