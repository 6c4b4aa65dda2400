/** What a program asks of the dynamic loader, read from its ELF headers (64-bit little-endian) without running it. */
export interface Linkage {
  readonly interpreter: string;
  readonly needed: readonly string[];
}

const segment = { load: 1, dynamic: 2, interpreter: 3 };
const tag = { end: 0n, needed: 1n, strings: 5n };

interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: number;
  readonly size: number;
}

/** undefined: not an ELF file. No interpreter and nothing needed: static. */
export function linkage(bytes: Buffer): Linkage | undefined {
  if (bytes.length < 64 || bytes.readUInt32BE(0) !== 0x7f454c46 || bytes[4] !== 2 || bytes[5] !== 1) return undefined;
  const segments = programHeaders(bytes);
  const interpreter = segments.find(({ type }) => type === segment.interpreter);
  return {
    interpreter: interpreter ? textAt(bytes, interpreter.offset) : '',
    needed: neededBy(bytes, segments),
  };
}

function programHeaders(bytes: Buffer): readonly Segment[] {
  const start = Number(bytes.readBigUInt64LE(32));
  const entry = bytes.readUInt16LE(54);
  return Array.from({ length: bytes.readUInt16LE(56) }, (_, index) => {
    const at = start + index * entry;
    return {
      type: bytes.readUInt32LE(at),
      offset: Number(bytes.readBigUInt64LE(at + 8)),
      address: Number(bytes.readBigUInt64LE(at + 16)),
      size: Number(bytes.readBigUInt64LE(at + 32)),
    };
  });
}

function neededBy(bytes: Buffer, segments: readonly Segment[]): readonly string[] {
  const dynamic = segments.find(({ type }) => type === segment.dynamic);
  if (!dynamic) return [];
  const names: number[] = [];
  let strings = 0;
  for (let at = dynamic.offset; at < dynamic.offset + dynamic.size; at += 16) {
    const key = bytes.readBigUInt64LE(at);
    const value = Number(bytes.readBigUInt64LE(at + 8));
    if (key === tag.end) break;
    if (key === tag.needed) names.push(value);
    if (key === tag.strings) strings = fileOffset(segments, value);
  }
  return names.map(name => textAt(bytes, strings + name));
}

function fileOffset(segments: readonly Segment[], address: number): number {
  const home = segments.find(
    ({ type, address: from, size }) => type === segment.load && address >= from && address < from + size,
  );
  return home ? address - home.address + home.offset : 0;
}

const textAt = (bytes: Buffer, at: number): string => bytes.toString('latin1', at, bytes.indexOf(0, at));
