/** Which flags may be written where a program is started. */

/**
 * Words that mean themselves in units, environment files and shells alike: nothing that a host or the API said can
 * bring a quote, a variable, a specifier or a line of its own into them.
 */
export const arePlain = (flags: Readonly<Record<string, string | null>>): boolean =>
  Object.entries(flags).every(
    ([flag, value]) => /^[a-z][a-z0-9-]*$/.test(flag) && (value === null || /^[\w.,:/@=+*[\]-]*$/.test(value)),
  );
