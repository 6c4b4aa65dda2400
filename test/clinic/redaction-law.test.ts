/**
 * No letter of a secret is shown, whoever wrote it and wherever it was found: each form of `secret-places.ts` in each
 * place where hosts and the API hold a text, whole and cut off. And what is no secret stays as it was, to the byte.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { redact, redactTree } from '../../src/model/redaction/redact.js';
import { behindWords, ordinary, schemes, tokens } from './secret-places.js';

const of = (alphabet: string, min: number, max = min): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...alphabet), minLength: min, maxLength: max });
const letters = 'abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ0123456789';
/** By its first letters a piece of it is known: nothing else here has them. */
const secret = fc.tuple(fc.constant('QJXZ'), of(letters, 8, 30)).map(parts => parts.join(''));

/** Each a place in which hosts and the API hold one line. */
const places: Readonly<Record<string, (line: string) => string>> = {
  alone: line => line,
  'a file': line => `# of ours\n${line}\n[end]\n`,
  'a log': line => `2026-01-01T00:00:00.000000Z kw-1 app[12]: ${line}\n2026-01-01T00:00:01Z kw-1 app[12]: done`,
  'a shell': line => `/bin/sh -c ${line}`,
  JSON: line => JSON.stringify({ msg: line, n: 1 }),
  'a text in JSON': line => JSON.stringify({ 'app.conf': `first\n${line}\nlast\n` }),
  'a text in JSON in JSON': line => JSON.stringify({ x: JSON.stringify({ y: `a\n${line}\nb` }) }),
  'a block of YAML': line => `data:\n  app.conf: |\n    first\n    ${line}\n`,
};
const leaks = (text: string, piece = 'QJXZ'): boolean => text.includes(piece);

describe.each(Object.entries(behindWords))('%s', (kind, forms) => {
  test.each(Object.entries(places))('in %s', (where, place) => {
    fc.assert(
      fc.property(fc.constantFrom(...forms), secret, (form, value) => {
        const text = place(form(value));
        const shown = redact(text);
        expect([text, leaks(shown)]).toEqual([text, false]);
        if (!where.endsWith('in JSON')) expect(redact(shown)).toBe(shown);
      }),
      { numRuns: forms.length * 4 },
    );
  });
  // What is printed into a pipe is known by what reads it.
  test.skipIf(kind === 'what reads its input')('cut off within it', () => {
    fc.assert(
      fc.property(fc.constantFrom(...forms), secret, fc.integer({ min: 4, max: 12 }), (form, value, kept) => {
        const line = form(value);
        // A quote that never ends: the first of two secrets is whole.
        const text = line.slice(0, line.lastIndexOf(value) + kept);
        expect([text, leaks(redact(text))]).toEqual([text, false]);
      }),
      { numRuns: forms.length * 4 },
    );
  });
  test('as words of a process', () => {
    const commands = forms.filter(form => /^[a-z_/]+ [^=<|]*$/.test(form('x')) && !form('x').includes("'"));
    if (commands.length === 0) return;
    fc.assert(
      fc.property(fc.constantFrom(...commands), secret, (form, value) => {
        const words = form(value).split(' ');
        expect([words, leaks(JSON.stringify(redactTree({ argv: words })))]).toEqual([words, false]);
        const listed = JSON.stringify({ command: words });
        expect([listed, leaks(JSON.stringify(redactTree(JSON.parse(listed))))]).toEqual([listed, false]);
      }),
    );
  });
});

describe('what says itself that it is a secret', () => {
  const alphabet = { word: letters, hex: '0123456789abcdef', upper: 'ABCDEFGHIJKLMNOP' };
  test.each(Object.entries(tokens))('%s', (_, [before, kind, long]) => {
    fc.assert(
      fc.property(of(alphabet[kind], long), fc.constantFrom(...Object.values(places)), (value, place) => {
        for (const line of [`${before}${value}`, `x=${before}${value}`, `failed: "${before}${value}" is not valid`]) {
          const text = place(line);
          expect([text, leaks(redact(text), value.slice(0, 8))]).toEqual([text, false]);
        }
      }),
      { numRuns: 30 },
    );
  });
  test.each(schemes)('the password of a URL of %s', scheme => {
    const value = fc.tuple(secret, of(`${letters}/%!~._-`, 0, 8)).map(parts => parts.join(''));
    fc.assert(
      fc.property(value, fc.constantFrom('anna', '', 'DOM;anna'), (password, user) => {
        for (const place of Object.values(places)) {
          const text = place(`open ${scheme}://${user}:${password}@h.example:1234/x`);
          expect([text, leaks(redact(text))]).toEqual([text, false]);
        }
      }),
      { numRuns: 20 },
    );
  });
});

describe('a private key of which one end is missing', () => {
  const line = of(`${letters}+/`, 64);
  const key = fc.record({
    kind: fc.constantFrom('', 'RSA ', 'EC ', 'OPENSSH ', 'ENCRYPTED '),
    lines: fc.array(line, { minLength: 2, maxLength: 6 }),
    headers: fc.constantFrom('', 'Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,AB\n\n'),
    ends: fc.constantFrom('first', 'last', 'both'),
  });
  const wraps: Readonly<Record<string, (text: string) => string>> = {
    'a file': text => text,
    'a block': text => text.replace(/^/gm, '      '),
    'a log': text => text.replace(/^/gm, '2026-01-01T00:00:00Z kw-1 app[3]: '),
    JSON: text => JSON.stringify({ key: text }),
    'JSON in JSON': text => JSON.stringify({ x: JSON.stringify({ key: text }) }),
  };
  test.each(Object.entries(wraps))('in %s', (_, wrap) => {
    fc.assert(
      fc.property(key, ({ kind, lines, headers, ends }) => {
        const name = `${kind}PRIVATE KEY-----`;
        const text = wrap(
          [
            ...(ends === 'last' ? [] : [`-----BEGIN ${name}`, headers + lines[0]]),
            ...lines.slice(ends === 'last' ? 0 : 1),
            ...(ends === 'first' ? [] : [`-----END ${name}`]),
          ].join('\n'),
        );
        const shown = redact(text);
        for (const each of lines) expect([text, leaks(shown, each.slice(0, 12))]).toEqual([text, false]);
      }),
      { numRuns: 60 },
    );
  });
});

describe('what is no secret stays to the byte', () => {
  test.each(ordinary)('%s', line => {
    for (const place of Object.values(places)) expect(redact(place(line))).toBe(place(line));
    expect(redactTree({ argv: line.split(' ') })).toEqual({ argv: line.split(' ') });
  });
  const below = (path: string): readonly string[] =>
    statSync(path).isDirectory() ? readdirSync(path).flatMap(name => below(join(path, name))) : [path];
  /** What their lines have that is hidden: secrets, made up by whoever wrote the text, or blanked by us. */
  const known = /BLANKED|Bearer|authorization:|token|password|passwd|secret|PRIVATE KEY|auth_pass|:\/\/\S*@|PASS/i;
  test.each(['test/corpus/texts', 'test/corpus/builders', 'test/corpus/kubeadm', 'test/facts/fixtures'])(
    'what working clusters write: %s',
    folder => {
      const changed = below(folder).flatMap(path => {
        const text = readFileSync(path, 'utf8');
        const shown = redact(text).split('\n');
        return text.split('\n').filter((line, at) => line !== shown[at]);
      });
      expect(changed.filter(line => !known.test(line))).toEqual([]);
      expect(changed.length).toBeLessThan(80);
    },
  );
});
