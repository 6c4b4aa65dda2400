/** Lines that a script printed, for a plan: twenty of them tell enough. */
export const shown = (lines: readonly string[]): string =>
  lines.slice(0, 20).join('\n') + (lines.length > 20 ? `\nand ${lines.length - 20} more` : '');
