/** The address of another flow beside this one, leading on to where this one would have led. */

/** `restart` is the address that begins this flow again: `/auth/if/flow/sign-in/?next=…`. */
export const otherFlow = (restart: string, slug: string): string =>
  restart.replace(/[^/?]*\/(?=$|\?)/, () => `${encodeURIComponent(slug)}/`)
