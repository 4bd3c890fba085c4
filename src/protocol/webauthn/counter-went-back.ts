/**
 * The signature counter (Level 3 §6.1.1; §7.2 step 22): where either is not nought it must have gone up. Else there may be
 * two of what should be one. Passkeys that are kept on several devices do not count, and say nought for ever (E06).
 */
export const counterWentBack = (kept: number, told: number): boolean => (kept > 0 || told > 0) && told <= kept
