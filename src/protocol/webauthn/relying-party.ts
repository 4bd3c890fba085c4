/**
 * Whom passkeys are made for (Level 3 §5.1.2, "RP ID"; §5.11, related origins). A passkey is bound to its `rp.id` for ever,
 * so it is decided by addresses alone and never by a header.
 */

export type RelyingParty = {
  readonly id: string
  /** Shown by browsers beside it. */
  readonly name: string
}

/**
 * The `rp.id` of an origin of ours: what its brand says, else the public host for it and the hosts below, else its own
 * host: another domain may not use ours.
 */
export const rpIdOf = (
  origin: string,
  given: { readonly brand: string | null; readonly publicHost: string },
): string => {
  if (given.brand !== null) return given.brand
  const { hostname } = new URL(origin)
  return covers(given.publicHost, hostname) ? given.publicHost : hostname
}

/** Whether a browser at this origin takes the `rp.id` without asking anybody: its own host, or a domain above it. */
export const covers = (rpId: string, hostname: string): boolean => hostname === rpId || hostname.endsWith(`.${rpId}`)
