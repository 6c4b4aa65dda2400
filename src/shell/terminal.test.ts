import fc from 'fast-check';
import { expect, test } from 'vitest';
import { escapeForTerminal } from './terminal.js';

test('escapes, bells, carriage returns and bidi marks are spelled out', () => {
  expect(escapeForTerminal('\x1b[2Jgone\x07\r\n\tok \u202Etxt \x9b31m')).toBe(
    '\\x1b[2Jgone\\x07\\x0d\n\tok \\u202etxt \\x9b31m',
  );
});

test('printable text of any script stays as it is', () => {
  expect(escapeForTerminal('Größe 漢字 🐳 ok')).toBe('Größe 漢字 🐳 ok');
});

test('nothing that comes out can steer a terminal, and doing it twice changes nothing', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), text => {
      const safe = escapeForTerminal(text);
      expect(safe).not.toMatch(/[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/);
      expect(escapeForTerminal(safe)).toBe(safe);
    }),
  );
});
